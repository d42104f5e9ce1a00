import type { Draw, PlannedCommand } from './plan.ts';

/** An interface of a node on a segment. */
export interface Attachment {
  node: string;
  dev: string;
  segment: Segment;
  /** Its last byte in the segment's subnet. */
  host: number;
  address: string;
  mac: string;
  /** The other end of its veth pair; undefined for a bridge device. */
  port: { ns: string; dev: string } | undefined;
}

/** One link layer: a veth pair, a switch, or the bridge of a node with pods on it. */
export interface Segment {
  index: number;
  kind: 'wire' | 'switch' | 'pods';
  /** `10.1.2`: the three bytes that all its addresses start with. */
  prefix: string;
  mtu: number;
  members: Attachment[];
  /** Where the bridge is; undefined for a wire. */
  bridge: { ns: string; dev: string } | undefined;
}

export interface RandomNetwork {
  /** Hosts and routers, without the namespaces of switches. */
  nodes: string[];
  switches: string[];
  segments: Segment[];
  attachments: Attachment[];
  commands: PlannedCommand[];
}

/**
 * Draws up to three segments (four with a triangle) with up to five nodes on them, all connected.
 * @param timers settings of every interface of a node, such as `retrans_time_ms=200`
 */
export function drawNetwork(draw: Draw, timers: readonly string[]): RandomNetwork {
  const members = draw.chance(0.15) ? triangle(draw) : tree(draw);
  const nodes = [...new Set(members.flat())].sort();
  const builder = new NetworkBuilder(draw, nodes, timers);
  for (const names of members) builder.addSegment(names);
  return builder.finish();
}

/** Segments in a row or a star: each shares one node with one before it. */
function tree(draw: Draw): string[][] {
  const segments: string[][] = [];
  const count = draw.integer(1, 3);
  let nodes = 0;
  for (let i = 0; i < count; i++) {
    const shared = i === 0 ? [] : [draw.one(segments[draw.integer(0, i - 1)])];
    const fresh = i === 0 ? draw.integer(2, count === 1 ? 4 : 3) : draw.integer(1, count === 3 ? 1 : 2);
    const names = Array.from({ length: fresh }, () => `n${++nodes}`);
    segments.push([...shared, ...names]);
  }
  // a second link between two nodes: two ways, or two interfaces on different segments
  if (count > 1 && draw.chance(0.2)) {
    const other = draw.one(segments[0]);
    if (!segments[1].includes(other)) segments[1].push(other);
  }
  return segments;
}

function triangle(draw: Draw): string[][] {
  const segments = [
    ['n1', 'n2'],
    ['n2', 'n3'],
    ['n3', 'n1'],
  ];
  if (draw.chance(0.6)) segments.push(['n1', 'n4']);
  return segments;
}

class NetworkBuilder {
  private readonly draw: Draw;
  private readonly network: RandomNetwork;
  private readonly timers: readonly string[];
  private readonly ports = new Map<string, number>();

  constructor(draw: Draw, nodes: string[], timers: readonly string[]) {
    this.timers = timers;
    this.draw = draw;
    this.network = { nodes, switches: [], segments: [], attachments: [], commands: [] };
  }

  finish(): RandomNetwork {
    return this.network;
  }

  addSegment(names: readonly string[]): void {
    const { draw, network } = this;
    const index = network.segments.length + 1;
    const kind = draw.weighted({ wire: names.length === 2 ? 3 : 0, switch: 2, pods: 2 });
    const mtu = draw.chance(0.15) ? draw.one([1400, 1280, 1000, 600]) : 1500;
    const prefix = `${draw.one(['10.0', '10.244', '192.168', '172.16'])}.${index}`;
    const segment: Segment = { index, kind, prefix, mtu, members: [], bridge: undefined };
    network.segments.push(segment);
    if (kind === 'wire') this.wire(segment, names[0], names[1]);
    if (kind === 'switch') this.switched(segment, names);
    if (kind === 'pods') this.podBridge(segment, names);
    network.attachments.push(...segment.members);
    for (const member of segment.members) this.configure(member);
  }

  private wire(segment: Segment, a: string, b: string): void {
    const near = this.attachment(segment, a);
    const far = this.attachment(segment, b);
    near.port = { ns: b, dev: far.dev };
    far.port = { ns: a, dev: near.dev };
    const peer = `peer name ${far.dev} netns ${b} address ${far.mac} mtu ${segment.mtu}`;
    this.addVeth(near, peer);
    this.offloadsOff(a, near.dev);
    this.offloadsOff(b, far.dev);
  }

  private switched(segment: Segment, names: readonly string[]): void {
    const ns = `sw${segment.index}`;
    this.network.switches.push(ns);
    segment.bridge = { ns, dev: 'br0' };
    this.addBridge(ns, 'br0', `0e:58:00:00:00:0${segment.index}`, segment.mtu);
    this.command(ns, 'ip link set br0 up');
    for (const name of names) this.plug(segment, name);
  }

  private podBridge(segment: Segment, names: readonly string[]): void {
    const [host, ...pods] = names;
    const own = this.attachment(segment, host, `cni${segment.index}`);
    segment.bridge = { ns: host, dev: own.dev };
    this.addBridge(host, own.dev, own.mac, segment.mtu);
    for (const name of pods) this.plug(segment, name);
  }

  private addBridge(ns: string, dev: string, mac: string, mtu: number): void {
    // over before other timers are, and before anybody looks: Linux forgets when its collector comes by
    const ageing = this.draw.chance(0.1) ? ' ageing_time 67' : '';
    const options = `type bridge stp_state 0 mcast_snooping 0${ageing}`;
    this.command(ns, `ip link add ${dev} address ${mac} mtu ${mtu} ${options}`);
    this.offloadsOff(ns, dev);
  }

  /** A veth pair from the node to a port of the segment's bridge. */
  private plug(segment: Segment, name: string): void {
    const bridge = segment.bridge!;
    const member = this.attachment(segment, name);
    const port = `p${segment.index}-${name}`;
    member.port = { ns: bridge.ns, dev: port };
    const peer = `peer name ${port} netns ${bridge.ns} address 0e${member.mac.slice(2)} mtu ${segment.mtu}`;
    this.addVeth(member, peer);
    this.offloadsOff(name, member.dev);
    this.offloadsOff(bridge.ns, port);
    this.command(bridge.ns, `ip link set ${port} master ${bridge.dev}`);
    this.command(bridge.ns, `ip link set ${port} up`);
  }

  /**
   * With an index of its own: Linux takes an end whose peer has the same index elsewhere for one without a lower
   * layer, and tells of its carrier up to a second late (`linkwatch_urgent_event`).
   */
  private addVeth({ node, dev, mac, segment, host }: Attachment, peer: string): void {
    const options = `index ${100 * segment.index + host} address ${mac} mtu ${segment.mtu}`;
    this.command(node, `ip link add ${dev} ${options} type veth ${peer}`);
  }

  private attachment(segment: Segment, node: string, dev?: string): Attachment {
    const number = this.ports.get(node) ?? 0;
    if (dev === undefined) this.ports.set(node, number + 1);
    const host = segment.members.length + 1;
    const address = `${segment.prefix}.${host}`;
    const mac = `0a:58:${address
      .split('.')
      .map((byte) => Number(byte).toString(16).padStart(2, '0'))
      .join(':')}`;
    const member = { node, dev: dev ?? `eth${number}`, segment, host, address, mac, port: undefined };
    segment.members.push(member);
    return member;
  }

  /** Address and state; sometimes the one comes before the other. */
  private configure({ node, dev, address }: Attachment): void {
    for (const setting of this.timers) this.command(node, `sysctl -qw net.ipv4.neigh.${dev}.${setting}`);
    const length = this.draw.chance(0.12) ? this.draw.one([16, 25, 30, 32]) : 24;
    const broadcast = this.draw.chance(0.3) ? ' brd +' : '';
    const add = `ip addr add ${address}/${length}${broadcast} dev ${dev}`;
    const up = `ip link set ${dev} up`;
    for (const line of this.draw.chance(0.5) ? [add, up] : [up, add]) this.command(node, line);
  }

  private offloadsOff(ns: string, dev: string): void {
    this.command(ns, `ethtool -K ${dev} tx off sg off tso off gso off gro off`);
  }

  private command(ns: string, cmd: string): void {
    this.network.commands.push({ ns, cmd });
  }
}
