import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { CaseError, type GoldenCase, parseCase } from './case.ts';
import { readFrames } from './compare/capture-file.ts';
import { readPingOutputs } from './ping-outputs.ts';
import { type SeenFrame, seen } from './seen-frame.ts';
import { parseTopology, type Step, type Topology, type TopologyNode } from './topology-file.ts';

const SECOND = 1e9;
/** A capture was stopped at some time after its last frame, and others went on. */
const CAPTURE_TAIL = 0.25;
/** The captures of a case start this long after its set-up (`simulate-case.ts`). */
const SETTLING = 1;
/** A stale neighbour entry that is used is probed 5.00 to 5.26 s later. */
const PROBE_DELAY = 5.13;
const LEAD = 0.05;

interface Command {
  ns: string;
  cmd: string;
}

interface Stimulus extends Command {
  t_s: number | null;
  rc: number | null;
  stdout: string;
  action?: Record<string, unknown>;
}

/** Whether a folder holds a case of this form: `TOPOLOGY.md`, captures, and what ping printed. */
export function isTopologyCase(folder: string): boolean {
  return existsSync(join(folder, 'TOPOLOGY.md'));
}

/**
 * Reads a case that is described by `TOPOLOGY.md`. When things were done is not written there: it is taken from the
 * captures, and so is what the nodes had sent each other before. A step that left no frame in any capture was not
 * carried out.
 * @throws CaseError when it is not understood
 */
export function readTopologyCase(folder: string): GoldenCase {
  try {
    const topology = parseTopology(readFileSync(join(folder, 'TOPOLOGY.md'), 'utf8'));
    return new TopologyCase(folder, topology).read();
  } catch (error) {
    throw new CaseError(`${join(folder, 'TOPOLOGY.md')}: ${(error as Error).message}`);
  }
}

class TopologyCase {
  private readonly folder: string;
  private readonly topology: Topology;
  private readonly frames: Map<string, SeenFrame[]>;
  private readonly outputs: Map<string, string>;
  private start = 0n;

  constructor(folder: string, topology: Topology) {
    this.folder = folder;
    this.topology = topology;
    this.frames = new Map(
      topology.captures.map(({ file }) => [
        file,
        readFrames(readFileSync(join(folder, file))).flatMap(({ time, bytes }) => seen(time!, bytes)),
      ]),
    );
    const pings = readPingOutputs(join(folder, 'pings.txt'));
    this.outputs = new Map(pings.map(({ where, command, output }) => [`${where}$ ${command}`, output]));
  }

  read(): GoldenCase {
    const { topology } = this;
    const [first] = this.allFrames().map(({ time }) => time);
    const probe = this.earlyProbe(first);
    const starts = [first - nanoseconds(LEAD)];
    if (probe !== undefined) starts.push(probe.time - nanoseconds(PROBE_DELAY - SETTLING));
    this.start = starts.sort((a, b) => Number(a - b))[0];
    const stimulus = [...this.earlier(probe), ...this.stimuli()];
    const captures = topology.captures.map(({ file, ns, dev }) => {
      const last = this.frames.get(file)!.at(-1)!.time;
      return { ns, if: dev, file, seconds: this.since(last) + CAPTURE_TAIL };
    });
    const data = {
      schema: 'golden-case/1',
      title: topology.title,
      started_epoch_ns: 0,
      capture_seconds: Math.max(...captures.map(({ seconds }) => seconds)),
      namespaces: [
        { name: 'lan' },
        ...topology.nodes.map(({ number }) => ({ name: `node${number}` })),
        ...topology.pods.map(({ name }) => ({ name })),
      ],
      setup_commands: this.setup(probe === undefined),
      stimulus,
      captures,
    };
    const golden = parseCase(JSON.stringify(data), this.folder);
    return { ...golden, name: basename(resolve(this.folder)), startedEpoch: this.start };
  }

  /** Of all captures, in the order of time. */
  private allFrames(): SeenFrame[] {
    return [...this.frames.values()].flat().sort((a, b) => Number(a.time - b.time));
  }

  private since(time: bigint): number {
    return Number(time - this.start) / SECOND;
  }

  /** A node that asks for another's address, known to it, too soon for it to be about a frame that was captured. */
  private earlyProbe(first: bigint): SeenFrame | undefined {
    const addresses = new Set(this.topology.nodes.map(({ address }) => address));
    return this.allFrames().find(
      ({ what, source, destinationMac, time }) =>
        what === 'arp-request' &&
        addresses.has(source) &&
        destinationMac !== 'ff:ff:ff:ff:ff:ff' &&
        time < first + nanoseconds(5),
    );
  }

  /** What made that node's entry stale and then used it: the other had spoken to it. */
  private earlier(probe: SeenFrame | undefined): Stimulus[] {
    if (probe === undefined) return [];
    const { number } = this.topology.nodes.find(({ address }) => address === probe.destination)!;
    return [{ t_s: null, ns: `node${number}`, cmd: `ping -c 1 ${probe.source}`, rc: null, stdout: '' }];
  }

  private setup(neighboursKnown: boolean): Command[] {
    const { nodes, pods, hairpin, overlayMtu } = this.topology;
    const commands: Command[] = [
      { ns: 'lan', cmd: 'ip link add lan type bridge stp_state 0 mcast_snooping 0' },
      { ns: 'lan', cmd: 'ip link set lan up' },
      ...nodes.flatMap((node) => this.node(node)),
    ];
    for (const { name, node, address, mac } of pods) {
      const port = `v${name}`;
      commands.push(
        {
          ns: name,
          cmd: `ip link add eth0 address ${mac} mtu ${overlayMtu} type veth peer name ${port} netns node${node} mtu ${overlayMtu}`,
        },
        { ns: name, cmd: `ip addr add ${address} dev eth0` },
        { ns: name, cmd: 'ip link set eth0 up' },
        { ns: `node${node}`, cmd: `ip link set ${port} master pods` },
        { ns: `node${node}`, cmd: `ip link set ${port} up` },
      );
      if (hairpin) commands.push({ ns: `node${node}`, cmd: `bridge link set dev ${port} hairpin on` });
    }
    if (neighboursKnown) {
      for (const { number } of nodes)
        for (const peer of nodes)
          if (peer.number !== number)
            commands.push({
              ns: `node${number}`,
              cmd: `ip neigh replace ${peer.address} lladdr ${this.underlayMac(peer)} dev eth0 nud reachable`,
            });
    }
    return commands;
  }

  private node(node: TopologyNode): Command[] {
    const { underlayMtu, underlayLength, overlayMtu } = this.topology;
    const ns = `node${node.number}`;
    const port = `p${node.number}`;
    return [
      `ip link add eth0 address ${this.underlayMac(node)} mtu ${underlayMtu} type veth peer name ${port} netns lan mtu ${underlayMtu}`,
      `ip addr add ${node.address}/${underlayLength} dev eth0`,
      'ip link set eth0 up',
      `ip link add pods address ${node.bridgeMac} mtu ${overlayMtu} type bridge stp_state 0 mcast_snooping 0`,
      `ip addr add ${node.bridgeAddress} dev pods`,
      'ip link set pods up',
      ...this.tunnels(node),
    ]
      .map((cmd) => ({ ns, cmd }))
      .concat([
        { ns: 'lan', cmd: `ip link set ${port} master lan` },
        { ns: 'lan', cmd: `ip link set ${port} up` },
      ]);
  }

  /**
   * One VNI for all: one interface that learns. A VNI for each direction: one interface for each peer, which receives
   * the one and whose only entry sends the other; between them nothing is forwarded.
   */
  private tunnels({ number, address }: TopologyNode): string[] {
    const { nodes, port, overlayMtu, ttl, dontFragment, checksum, singleVni, vni } = this.topology;
    const peers = nodes.filter((peer) => peer.number !== number);
    const options =
      `local ${address} dstport ${port} ttl ${ttl}${dontFragment ? ' df set' : ''} ` +
      `${checksum ? '' : 'no'}udpcsum`;
    const add = (name: string, id: number, more: string) => [
      `ip link add ${name} mtu ${overlayMtu} type vxlan id ${id} ${options} ${more}`,
      `ip link set ${name} master pods`,
      `ip link set ${name} up`,
    ];
    const flood = (name: string, peer: TopologyNode, more: string) =>
      `bridge fdb append 00:00:00:00:00:00 dev ${name} dst ${peer.address}${more}`;
    if (singleVni) {
      return [
        ...add('vx0', vni(number, peers[0].number), 'learning'),
        ...peers.map((peer) => flood('vx0', peer, '')),
      ];
    }
    return peers.flatMap((peer) => {
      const name = `vx${peer.number}`;
      return [
        ...add(name, vni(peer.number, number), 'nolearning'),
        flood(name, peer, ` vni ${vni(number, peer.number)}`),
        `bridge link set dev ${name} isolated on`,
      ];
    });
  }

  /** As the frames that it sent show; one that was never seen has one of its own making. */
  private underlayMac({ number, address }: TopologyNode): string {
    const frame = this.allFrames().find(({ source }) => source === address);
    return frame?.sourceMac ?? `02:aa:00:00:01:${Number(number).toString(16).padStart(2, '0')}`;
  }

  private stimuli(): Stimulus[] {
    let from = 0n;
    const echoIds = new Set<number>();
    return this.topology.steps.flatMap((step): Stimulus[] => {
      const frame = this.frameOf(step, from, echoIds);
      if (frame === undefined) return [];
      from = frame.time;
      const t_s = this.since(frame.time);
      if (step.kind === 'ping') {
        return [{ t_s, ns: step.ns, cmd: step.command, ...this.outcome(step.ns, step.command) }];
      }
      if (step.kind === 'udp') {
        return step.sourcePorts.map((sport) => ({ t_s, ns: step.ns, ...this.datagram(step, sport) }));
      }
      return [{ t_s, ns: `node${step.node}`, rc: 0, stdout: '', ...heartbeat(step, this.topology) }];
    });
  }

  private frameOf(step: Step, from: bigint, echoIds: Set<number>): SeenFrame | undefined {
    const later = this.allFrames().filter(({ time }) => time > from);
    if (step.kind === 'heartbeat') {
      const { address } = this.topology.nodes.find(({ number }) => number === step.node)!;
      return later.find(
        ({ source, what, length }) => what === 'udp' && source === address && length === step.length + 50,
      );
    }
    const source = this.topology.pods.find(({ name }) => name === step.ns)!.address.split('/')[0];
    const to =
      step.kind === 'ping'
        ? step.to
        : this.topology.pods.find(({ name }) => name === step.to)!.address.split('/')[0];
    const found = later.find((frame) => {
      if (frame.source !== source || frame.destination !== to) return false;
      if (frame.what === 'arp-request') return frame.destinationMac === 'ff:ff:ff:ff:ff:ff';
      if (step.kind === 'udp') return frame.what === 'udp' && step.sourcePorts.includes(frame.id);
      return frame.what === 'echo-request' && !echoIds.has(frame.id);
    });
    if (step.kind === 'ping' && found !== undefined) {
      const echo = later.find(
        ({ what, source: sender, destination, id }) =>
          what === 'echo-request' && sender === source && destination === to && !echoIds.has(id),
      );
      if (echo !== undefined) echoIds.add(echo.id);
    }
    return found;
  }

  private outcome(ns: string, command: string): Pick<Stimulus, 'rc' | 'stdout'> {
    const stdout = this.outputs.get(`${ns}$ ${command}`) ?? '';
    const received = /(\d+) received/.exec(stdout)?.[1];
    return { rc: received === undefined ? null : Number(Number(received) === 0), stdout };
  }

  private datagram({ to, port, size }: Step & { kind: 'udp' }, sport: number): Omit<Stimulus, 't_s' | 'ns'> {
    const address = this.topology.pods.find(({ name }) => name === to)!.address.split('/')[0];
    const cmd = `gl-udp send --dst ${address} --dport ${port} --sport ${sport} --len ${size} --wait 0`;
    return { cmd, rc: null, stdout: '', action: { type: 'udp-send' } };
  }
}

/** A frame that starts like Weave's heartbeat: zero addresses and type, who sends it, and how long it is. */
function heartbeat(
  { node, uid, length }: Step & { kind: 'heartbeat' },
  { nodes, singleVni }: Topology,
): Pick<Stimulus, 'cmd' | 'action'> {
  const peer = nodes.find(({ number }) => number !== node)!.number;
  const bytes = Buffer.alloc(length);
  bytes.write(uid, 14, 'hex');
  bytes.writeUInt16BE(length, 22);
  return {
    cmd: `gl-frame --if ${singleVni ? 'vx0' : `vx${peer}`}`,
    action: { type: 'raw-frame', bytes: bytes.toString('hex') },
  };
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * SECOND));
}
