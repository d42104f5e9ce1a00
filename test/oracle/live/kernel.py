#!/usr/bin/env python3
"""Carries out a plan on the kernel of this machine and records it as a golden case.

    kernel.py FOLDER        reads FOLDER/plan.json, writes FOLDER/case.json, captures and state/

The namespaces live under a /run/netns of this process alone (a private mount), so their names meet
nobody else's and the kernel removes everything when the process ends, however it ends.
Python 3.9 or later, standard library only; needs root, iproute2 and ping.
"""
import ctypes
import errno
import json
import os
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import tty

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
# seconds beside those of the capture, for setting up and looking at the outcome on a busy machine
TIME_LIMIT = 60
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
ETH_P_ALL = 0x0003
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
IP_MTU_DISCOVER = 10
CLOCK_MONOTONIC_COARSE = 6
DISCOVERY = {"dont": 0, "want": 1, "do": 2}
NETNS = "/run/netns"
libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def private_mounts():
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    os.makedirs(NETNS, exist_ok=True)
    check(libc.mount(b"tmpfs", NETNS.encode(), b"tmpfs", 0, None))


class Namespaces:
    """The network namespaces of the case; the calling thread can enter any of them."""

    def __init__(self, names):
        self.files = {}
        for name in names:
            check(libc.unshare(CLONE_NEWNET))
            path = f"{NETNS}/{name}"
            open(path, "w").close()
            check(libc.mount(b"/proc/thread-self/ns/net", path.encode(), None, 0x1000, None))
            self.files[name] = os.open(path, os.O_RDONLY)

    def enter(self, name):
        check(libc.setns(self.files[name], CLONE_NEWNET))


def run(words):
    """Runs a command; answers status, stdout, stderr."""
    if words[:2] == ["sysctl", "-qw"] and set_sysctl(words[2]):
        return 0, "", ""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)
    except FileNotFoundError:
        return 127, "", f"{words[0]}: not found\n"
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run_ping(words):
    """As `run`, and the seconds until its first line, which comes right before the first request."""
    began = time.monotonic()
    # to a terminal it writes line by line, to a pipe when it is done
    terminal, output = os.openpty()
    tty.setraw(output)
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE)
    os.close(output)
    text, first = b"", None
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        first = first or time.monotonic()
        if part == b"":
            break
        text += part
    os.close(terminal)
    stderr = process.stderr.read().decode()
    process.stderr.close()
    return process.wait(), text.decode(), stderr, first - began


def set_sysctl(assignment):
    """The same as sysctl -qw, without a process; False when it fails: then sysctl tells why."""
    name, value = assignment.split("=", 1)
    try:
        with open("/proc/sys/" + name.replace(".", "/"), "w") as file:
            file.write(value + "\n")
        return True
    except OSError:
        return False


class Capture:
    """A packet socket on one interface, not promiscuous; the kernel keeps what comes in until `drain`."""

    def __init__(self, dev):
        self.frames = []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((dev, ETH_P_ALL))
        self.socket.setblocking(False)

    def drain(self):
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.ENETDOWN, errno.ENXIO, errno.ENODEV):
                    continue
                raise
            for level, kind, value in ancillary:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    self.frames.append((*struct.unpack("qq", value[:16]), data))

    def write(self, path):
        """A pcap file with times in nanoseconds."""
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
            for seconds, nanoseconds, data in self.frames:
                file.write(struct.pack("<IIII", seconds, nanoseconds, len(data), len(data)) + data)


class EchoServers(threading.Thread):
    """Sends every datagram back to where it came from."""

    def __init__(self, sockets):
        super().__init__(daemon=True)
        self.sockets = sockets

    def run(self):
        while True:
            for ready in select.select(self.sockets, [], [])[0]:
                try:
                    data, sender = ready.recvfrom(65536)
                    ready.sendto(data, sender)
                except OSError:
                    pass


def udp_socket(port=0):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("0.0.0.0", port))
    return udp


def send_udp(action):
    """Datagrams one after the other, each with its answer, as data."""
    answers = []
    target = (action["to"], action["dport"])
    udp = None
    try:
        udp = udp_socket(action.get("sport", 0))
        if "df" in action:
            udp.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, DISCOVERY[action["df"]])
        if action.get("connected"):
            udp.connect(target)
    except OSError as error:
        answers.append({"len": action["sizes"][0], "error": errno.errorcode[error.errno]})
        return answers
    seconds, fraction = divmod(action["wait"], 1)
    # a time-out of the kernel's timer wheel, as the simulator's program has it
    timeout = struct.pack("ll", int(seconds), round(fraction * 1e6))
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
    for size in action["sizes"]:
        answers.append(exchange(udp, target, action.get("connected"), size))
    udp.close()
    return answers


def exchange(udp, target, connected, size):
    data = bytes(i % 251 for i in range(size))
    try:
        if connected:
            udp.send(data)
        else:
            udp.sendto(data, target)
        reply = udp.recv(65536)
        return {"len": size, "reply_len": len(reply), "reply_equal": reply == data}
    except BlockingIOError:
        return {"len": size, "error": "timeout"}
    except OSError as error:
        return {"len": size, "error": errno.errorcode[error.errno]}


def ping_result(status, output):
    counts = re.search(r"^(\d+) packets transmitted, (\d+) received(?:, \+(\d+) errors)?", output, re.M)
    if status == 2 or counts is None:
        return None
    sent, received, errors = (int(text or 0) for text in counts.groups())
    return {"sent": sent, "received": received, "errors": errors}


def jiffies():
    """The kernel's jiffies, and how many nanoseconds ago the last one began."""
    while True:
        tick = time.clock_gettime_ns(CLOCK_MONOTONIC_COARSE)
        with open("/proc/timer_list") as file:
            count = int(re.search(r"^jiffies: (\d+)", file.read(), re.M).group(1))
        if tick == time.clock_gettime_ns(CLOCK_MONOTONIC_COARSE):
            return count, time.clock_gettime_ns(time.CLOCK_MONOTONIC) - tick


class CaseRun:
    def __init__(self, folder):
        self.folder = folder
        with open(f"{folder}/plan.json") as file:
            self.plan = json.load(file)
        self.namespaces = Namespaces([entry["name"] for entry in self.plan["namespaces"]])
        self.started = time.time_ns()

    def run(self):
        plan = self.plan
        # the kernel begins to stamp packets a while after the first socket has asked for it
        stamps = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        stamps.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        for command in plan["setup_commands"]:
            self.set_up(command)
        for stimulus in plan["stimulus"]:
            if stimulus["t_s"] is None:
                self.stimulate(stimulus)
        servers = [self.server(entry) for entry in plan.get("servers", [])]
        EchoServers(servers).start()
        time.sleep(plan["settle_seconds"])
        self.take_state("before")
        captures = [self.capture(entry) for entry in plan["captures"]]
        self.started = time.time_ns()
        count, since = jiffies()
        plan["jiffy_phase_ns"] = (count % 4096) * 4000000 + since - (time.time_ns() - self.started)
        for stimulus in plan["stimulus"]:
            if stimulus["t_s"] is not None:
                self.sleep_until(stimulus["t_s"])
                self.stimulate(stimulus)
        self.sleep_until(max(plan["capture_seconds"], self.now() + 0.1))
        plan["capture_seconds"] = self.now()
        # at that priority, closing a packet socket can starve the very threads of the kernel that it waits for
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        for capture in captures:
            capture.drain()
        self.take_state("after")
        for entry, capture in zip(plan["captures"], captures):
            entry["frames"] = len(capture.frames)
            capture.write(f"{self.folder}/{entry['file']}")
        plan["started_epoch_ns"] = self.started
        with open(f"{self.folder}/case.json", "w") as file:
            json.dump(plan, file, indent=1)

    def now(self):
        return (time.time_ns() - self.started) / 1e9

    def sleep_until(self, seconds):
        rest = seconds - self.now()
        if rest > 0:
            time.sleep(rest)

    def set_up(self, command):
        self.namespaces.enter(command["ns"])
        status, _, stderr = run(shlex.split(command["cmd"]))
        if status != 0:
            raise RuntimeError(f"set-up command in {command['ns']} failed: {command['cmd']}: {stderr}")

    def stimulate(self, stimulus):
        self.namespaces.enter(stimulus["ns"])
        began = time.time_ns()
        if stimulus["t_s"] is not None:
            stimulus["t_s"] = self.now()
        kind = stimulus["action"]["type"]
        if kind == "udp-send":
            answers = send_udp(stimulus["action"])
            stimulus["rc"], stimulus["stderr"], stimulus["spawn_s"] = 0, "", 0
            stimulus["stdout"] = "".join(json.dumps(answer) + "\n" for answer in answers)
            stimulus["result"] = answers
        else:
            words = shlex.split(stimulus["cmd"])
            status, stdout, stderr, spawn = run_ping(words) if kind == "ping" else (*run(words), 0)
            stimulus.update(rc=status, stdout=stdout, stderr=stderr, spawn_s=spawn)
            result = ping_result(status, stdout) if kind == "ping" else None
            if result is not None:
                stimulus["result"] = result
        stimulus["took_s"] = (time.time_ns() - began) / 1e9
        # a command does what it does right before it ends
        if kind == "configure":
            stimulus["spawn_s"] = stimulus["took_s"]

    def server(self, entry):
        self.namespaces.enter(entry["ns"])
        return udp_socket(int(entry["cmd"].split()[-1]))

    def capture(self, entry):
        self.namespaces.enter(entry["ns"])
        return Capture(entry["if"])

    def take_state(self, moment):
        os.makedirs(f"{self.folder}/state", exist_ok=True)
        entries = self.plan["namespaces"]
        text = {entry["name"]: [] for entry in entries}
        data = {entry["name"]: {} for entry in entries}
        began = self.now()
        # of each namespace first what changes by itself
        for place in range(max(len(entry["looks"]) for entry in entries)):
            for entry in entries:
                for command in entry["looks"][place : place + 1]:
                    self.look(entry["name"], command, text, data)
            if place == 0:
                self.plan["state_seconds"] = (began + self.now()) / 2
        for entry in entries:
            base = f"{self.folder}/state/{entry['name']}.{moment}"
            with open(base + ".txt", "w") as file:
                file.write("".join(text[entry["name"]]))
            with open(base + ".json", "w") as file:
                json.dump(data[entry["name"]], file)

    def look(self, name, command, text, data):
        self.namespaces.enter(name)
        output = run(shlex.split(command))[1]
        if " -j " in command:
            data[name][command] = json.loads(output.strip() or "[]")
        else:
            text[name].append(f"$ {command}\n{output.rstrip()}\n\n")


def main():
    # ends with whoever started it
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    cpus = sorted(os.sched_getaffinity(0))
    # one CPU for all of a case: then frames are handled one after the other, as in the simulator
    os.sched_setaffinity(0, {cpus[os.getpid() % len(cpus)]})
    try:
        # punctual, for the sake of its time stamps; what it starts is not
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError:
        pass
    private_mounts()
    case = CaseRun(sys.argv[1])
    # whatever a random network does to this machine, it ends
    signal.alarm(int(case.plan["capture_seconds"]) + TIME_LIMIT)
    case.run()


main()
