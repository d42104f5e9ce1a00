import { join } from 'node:path';
import { RepeatingPayload } from '../../../models/payload.ts';
import { UdpSocket } from '../../../models/transport/udp.ts';
import { parseIpv4 } from '../../../models/wire/ipv4-address.ts';
import type { CapturedFrame } from '../compare/decode.ts';
import type { EventQueueName } from '../event-queues.ts';
import { type PingOutput, readPingOutputs } from '../ping-outputs.ts';
import { startProgram } from '../programs.ts';
import { parseStimulus } from '../stimulus.ts';
import { WeaveCluster } from './cluster.ts';
import { type MtuChange, MtuWatch, readMtuTimeline } from './mtu-watch.ts';
import { planOf } from './plan.ts';
import { RecordedTimes } from './recorded-times.ts';
import type { Action } from './steps.ts';
import { lookNow, type Moment, readTimeline, type Timeline } from './timeline.ts';
import { nodeName, type PeerSpec, type PodSpec, type WeaveCapture, type WeaveTopology } from './topology.ts';

const SECOND = 1e9;
/** Seconds between two things that are done one after the other, where nothing tells. */
const SPACING = 0.12;
/** A router answers to requests so long after it began to work. */
const READY = 0.75;
/** Captures of data began before what they show first, and ended after the last. */
const LEAD = 0.05;
/** What the logs tell of the last seconds before the data was sent then, seconds. */
const BEFORE = 0.5;
/** Longest time that connections take to be established. */
const PATIENCE = 120;
/** Nanoseconds between two looks at the MTU of a connection. */
const WATCH_INTERVAL = 50e6;
/** A case without captures ends so long after its last step. */
const AFTERMATH = 3;

/** A command that was carried out, with what it printed in the recording and here. */
export interface PingRun {
  ns: string;
  command: string;
  golden: string | undefined;
  candidate: string;
}

export interface WeaveRun {
  cluster: WeaveCluster;
  /** By file; times in nanoseconds since the start of the simulation. */
  captures: Map<string, CapturedFrame[]>;
  pings: PingRun[];
  times: RecordedTimes;
  /** What was seen at the times of the recorded timeline. */
  moments: Moment[];
  mtus: readonly MtuChange[];
}

/** @throws Error when a step cannot be carried out */
export function runWeave(
  folder: string,
  topology: WeaveTopology,
  queue: EventQueueName,
  draw: number,
): WeaveRun {
  return new WeaveSimulation(folder, topology, queue, draw).run();
}

class WeaveSimulation {
  private readonly topology: WeaveTopology;
  private readonly cluster: WeaveCluster;
  private readonly times: RecordedTimes;
  /** Commands with what they printed, those not carried out yet. */
  private readonly recordedPings: PingOutput[];
  private readonly programs: { ping: ReturnType<typeof startProgram>; run: PingRun }[] = [];
  /** Seconds by which the simulation's clock is ahead of the recording's. */
  private ahead: number | undefined;
  private readonly timeline: Timeline | undefined;
  private readonly moments: Moment[] = [];
  private readonly mtuWatch: MtuWatch | undefined;
  private cutAt: number | undefined;
  private lastCut = '';
  /** Whose neighbours the next ping is to find forgotten. */
  private toFlush = '';
  /** A ping that does not say whither goes where the last one went. */
  private lastTarget: string | undefined;
  private readonly exposed = new Set<string>();
  private readonly attached = new Set<string>();
  private readonly startedAt = new Map<string, number>();

  constructor(folder: string, topology: WeaveTopology, queue: EventQueueName, draw: number) {
    this.topology = topology;
    this.cluster = new WeaveCluster(topology, queue, draw);
    this.times = new RecordedTimes(folder, topology);
    this.timeline = readTimeline(folder);
    const mtus = readMtuTimeline(folder);
    this.mtuWatch = mtus === undefined ? undefined : new MtuWatch(mtus.peer);
    this.recordedPings = readPingOutputs(join(folder, 'pings.txt'));
  }

  run(): WeaveRun {
    const { topology, cluster, times } = this;
    this.passTo(1);
    for (const action of planOf(topology)) this.act(action);
    const lastLook = this.timeline?.moments.at(-1)?.time;
    if (lastLook !== undefined && this.cutAt !== undefined) this.passTo(this.cutAt + lastLook);
    const span = times.span(topology.captures.map(({ file }) => file));
    const end =
      span === undefined || this.ahead === undefined ? this.now + AFTERMATH : span.last + this.ahead + LEAD;
    this.passTo(Math.max(end, this.now));
    const pings = this.programs.map(({ ping, run }) => ({ ...run, candidate: ping.exit().stdout }));
    return {
      cluster,
      captures: this.captures(),
      pings,
      times,
      moments: this.moments,
      mtus: this.mtuWatch?.changes ?? [],
    };
  }

  private get now(): number {
    return this.cluster.simulation.now / SECOND;
  }

  /** On the way it looks at what was looked at in the recording. */
  private passTo(time: number): void {
    const next = this.timeline?.moments[this.moments.length];
    if (next !== undefined && this.cutAt !== undefined && next.time + this.cutAt <= time) {
      this.runTo(next.time + this.cutAt);
      this.moments.push(lookNow(next.time, next, this.cluster));
      this.passTo(time);
    } else this.runTo(time);
  }

  private runTo(time: number): void {
    const { simulation } = this.cluster;
    const until = Math.round(time * SECOND);
    while (this.mtuWatch !== undefined && simulation.now + WATCH_INTERVAL < until) {
      simulation.run({ until: simulation.now + WATCH_INTERVAL });
      this.mtuWatch.look(this.cluster);
    }
    simulation.run({ until: Math.max(simulation.now, until) });
  }

  /** To a time of the recording; a little further than before where it is not known. */
  private passToRecorded(time: number | undefined): void {
    if (time === undefined) {
      this.passTo(this.now + SPACING);
      return;
    }
    this.ahead ??= this.now - time;
    this.passTo(time + this.ahead);
  }

  private get dataStart(): number {
    const files = this.topology.captures.filter(({ isStart }) => !isStart).map(({ file }) => file);
    return this.times.span(files)?.first ?? Number.POSITIVE_INFINITY;
  }

  private act(action: Action): void {
    switch (action.kind) {
      case 'pause':
        // where a later step's time is known that decides
        if (this.ahead === undefined || this.topology.captures.length === 0)
          this.passTo(this.now + action.seconds);
        break;
      case 'at':
        this.passTo((this.cutAt ?? this.now) + (this.timeline?.restored ?? action.seconds));
        break;
      case 'settle':
        this.settle();
        break;
      case 'start':
        this.start(action.peers);
        break;
      case 'expose':
        this.expose(action);
        break;
      case 'attach':
        for (const name of action.pods) this.attach(this.pod(name));
        break;
      case 'detach':
        this.passTo(this.now + SPACING);
        for (const name of action.pods) this.cluster.detach(this.pod(name));
        break;
      case 'flush':
        this.toFlush = action.ns;
        break;
      case 'ping':
        this.ping(action);
        break;
      case 'burst':
        this.burst(action);
        break;
      default:
        this.actOnPeers(action);
    }
  }

  private actOnPeers(action: Action): void {
    const { cluster } = this;
    switch (action.kind) {
      case 'cut':
        this.cutAt = this.now;
        this.lastCut = action.peer;
        this.passTo(this.now);
        cluster.unplug(action.peer);
        break;
      case 'heal':
        cluster.plug(action.peer === '' ? this.lastCut : action.peer);
        break;
      case 'connect': {
        const { address } = this.peer(action.to);
        this.passToRecorded(this.times.connected(action.peer, address));
        cluster.weaver(action.peer).mesh.connect([address]);
        break;
      }
      case 'kill':
        this.passTo(this.now + SPACING);
        cluster.kill(action.peer);
        break;
      case 'restart':
        this.passTo(this.now + SPACING);
        cluster.start(action.peer);
        break;
      case 'remove-peer':
        this.passTo(this.now + SPACING);
        cluster.weaver(action.peer).allocator.removePeer(action.name);
        break;
      case 'black-hole':
        cluster.blackHole(action.longest);
        break;
    }
  }

  private settle(): void {
    const limit = this.now + PATIENCE;
    this.passTo(this.now + READY);
    while (!this.cluster.isSettled && this.now < limit) this.passTo(this.now + 0.1);
  }

  private start(numbers: readonly string[]): void {
    const known = numbers.map((number) => ({ number, time: this.times.started(this.peer(number)) }));
    const inOrder = known.toSorted((a, b) => (a.time ?? 0) - (b.time ?? 0));
    for (const { number, time } of inOrder) {
      if (time !== undefined) this.passToRecorded(time);
      this.cluster.start(number);
      this.startedAt.set(number, this.now);
    }
  }

  /** In the order in which it was done where that is known. */
  private expose({ peers: numbers, reverse = false }: Action & { kind: 'expose' }): void {
    const { cluster, topology } = this;
    const due = topology.peers
      .filter(({ number }) => cluster.weavers.has(number) && !this.exposed.has(number))
      .filter(({ number }) => numbers === undefined || numbers.includes(number))
      .map(({ number, name }) => {
        const told = this.times.announced(name, this.dataStart - BEFORE);
        return { number, time: told ?? this.times.firstAsked(number) };
      });
    if (reverse) due.reverse();
    if (due.every(({ time }) => time !== undefined)) due.sort((a, b) => a.time! - b.time!);
    for (const { number, time } of due) {
      this.exposed.add(number);
      if (time === undefined) this.passTo(this.startedAt.get(number)! + READY);
      else this.passToRecorded(time);
      cluster.expose(number);
      this.waitFor(number);
    }
  }

  private attach(pod: PodSpec): void {
    const first = !this.attached.has(pod.name);
    this.attached.add(pod.name);
    const time = this.times.announced(pod.mac, first ? this.dataStart - BEFORE : Number.POSITIVE_INFINITY);
    this.passToRecorded(time);
    this.cluster.attach(pod);
    this.waitFor(pod.name);
  }

  /** Until it has its address: who asks waits for it. */
  private waitFor(who: string): void {
    const { cluster } = this;
    const limit = cluster.simulation.now + PATIENCE * SECOND;
    while (!cluster.addresses.has(who) && cluster.simulation.now < limit) this.passTo(this.now + 0.001);
    if (!cluster.addresses.has(who)) throw new Error(`${who} gets no address`);
  }

  private ping({ ns, command }: Action & { kind: 'ping' }): void {
    const { cluster } = this;
    const recorded = this.recorded(ns);
    const built = ['ping', ...command.options, this.addressOf(command.to ?? this.lastTarget)].join(' ');
    const text = recorded === undefined || recorded.command === '' ? built : recorded.command;
    const to = /[\d.]+$/.exec(text)?.[0] ?? '';
    this.lastTarget = to;
    this.passToRecorded(this.times.pinged(this.addressOf(ns), to));
    if (this.toFlush === ns) cluster.command(ns, 'ip neigh flush all');
    this.toFlush = '';
    // in the recordings no ping knows what an earlier one has learnt of the path
    cluster.command(ns, 'ip route flush cache');
    const action = parseStimulus({ t_s: 0, ns, cmd: text, rc: null, stdout: '', stderr: '' });
    if (action.kind !== 'ping') throw new Error(`"${text}" is no ping`);
    const ping = startProgram(cluster.namespace(ns), action);
    const run = { ns, command: text, golden: recorded?.output, candidate: '' };
    this.programs.push({ ping, run });
    const limit = cluster.simulation.now + PATIENCE * SECOND;
    while (!ping.done && cluster.simulation.now < limit && cluster.simulation.step());
  }

  /** What the next ping of a pod or node was, and printed. */
  private recorded(ns: string): PingOutput | undefined {
    const nickname = this.topology.peers.find(({ number }) => nodeName(number) === ns)?.nickname;
    const place = this.recordedPings.findIndex(({ where }) => where === ns || where === nickname);
    return place < 0 ? undefined : this.recordedPings.splice(place, 1)[0];
  }

  private burst({ ns, count, size, to, port }: Action & { kind: 'burst' }): void {
    const destination = this.addressOf(to);
    this.passToRecorded(this.times.sent(this.addressOf(ns), destination));
    const socket = new UdpSocket(this.cluster.namespace(ns));
    const payloads = this.times.payloads(this.addressOf(ns), destination, port);
    for (let i = 0; i < count; i++) {
      const payload = new RepeatingPayload(payloads[i] ?? new Uint8Array(size));
      socket.sendTo(parseIpv4(destination)!, port, size, payload);
    }
  }

  /** Of a pod or a node's bridge, without its length; an address stands for itself. */
  private addressOf(name: string | undefined): string {
    const pod = this.topology.pods.find((one) => one.name === name);
    const peer = this.topology.peers.find(({ number }) => nodeName(number) === name);
    const address = pod?.address ?? peer?.bridgeAddress ?? name;
    if (address === undefined) throw new Error('a ping that does not say whither');
    return address.split('/')[0];
  }

  private peer(number: string): PeerSpec {
    const peer = this.topology.peers.find((one) => one.number === number);
    if (peer === undefined) throw new Error(`there is no peer ${number}`);
    return peer;
  }

  private pod(name: string): PodSpec {
    return this.topology.pods.find((one) => one.name === name)!;
  }

  private captures(): Map<string, CapturedFrame[]> {
    return new Map(this.topology.captures.map((capture) => [capture.file, this.capture(capture)]));
  }

  private capture({ file, ns, dev, snapLength, firstFragmentsOnly, isStart }: WeaveCapture): CapturedFrame[] {
    const { times, ahead = 0 } = this;
    const span = times.span([file]);
    const from = isStart ? Number.NEGATIVE_INFINITY : this.dataStart + ahead - LEAD;
    const to = (span?.last ?? Number.POSITIVE_INFINITY) + ahead + LEAD;
    return this.cluster
      .framesAt(ns, dev)
      .frames.filter(({ time }) => time >= from * SECOND && time <= to * SECOND)
      .filter(({ bytes }) => !firstFragmentsOnly || !isLaterFragment(bytes))
      .map(({ time, bytes, originalLength }) => {
        const kept = snapLength === 0 ? bytes : bytes.subarray(0, snapLength);
        return { time: BigInt(time), bytes: kept, originalLength };
      });
  }
}

export function isLaterFragment(bytes: Uint8Array): boolean {
  return bytes[12] === 8 && bytes[13] === 0 && ((bytes[20] & 0x1f) !== 0 || bytes[21] !== 0);
}
