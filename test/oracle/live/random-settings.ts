import type { Draw, PlannedCommand } from './plan.ts';
import type { Attachment, RandomNetwork } from './random-network.ts';
import { attachmentsOf } from './random-routes.ts';

/** Sysctls, addresses, neighbours, bridge flags and link states: what makes a plain network a strange one. */
export function drawSettings(draw: Draw, network: RandomNetwork): PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  for (const node of network.nodes) {
    for (let i = Number(draw.weighted({ 0: 5, 1: 3, 2: 2, 3: 1 })); i > 0; i--) {
      commands.push({ ns: node, cmd: drawSysctl(draw, network, node) });
    }
    if (draw.chance(0.2)) commands.push({ ns: node, cmd: drawAddress(draw, network, node) });
    if (draw.chance(0.15)) commands.push({ ns: node, cmd: drawNeighbour(draw, network, node) });
  }
  for (const segment of network.segments) {
    if (segment.bridge === undefined) continue;
    if (draw.chance(0.3)) commands.push(drawBridgeSetting(draw, segment.bridge.ns, segment.members));
  }
  if (draw.chance(0.06)) {
    const { node, dev } = draw.one(network.attachments);
    commands.push({ ns: node, cmd: `ip link set ${dev} down` });
  }
  return draw.chance(0.7) ? commands : draw.shuffled(commands);
}

/** Values that a setting of an interface can take; proxy_arp only without its random delay. */
const DEVICE_SETTINGS: Readonly<Record<string, readonly number[]>> = {
  rp_filter: [0, 1, 2],
  arp_ignore: [0, 1, 2, 3, 8],
  arp_announce: [0, 1, 2],
  arp_filter: [0, 1],
  arp_accept: [0, 1],
  arp_notify: [0, 1],
  proxy_arp: [0, 1],
  send_redirects: [0, 1],
  accept_redirects: [0, 1],
  secure_redirects: [0, 1],
  shared_media: [0, 1],
  accept_local: [0, 1],
  forwarding: [0, 1],
  route_localnet: [0, 1],
  promote_secondaries: [0, 1],
};

const NODE_SETTINGS: Readonly<Record<string, readonly number[]>> = {
  ip_forward: [0, 1, 1],
  ip_default_ttl: [1, 2, 3, 64, 255],
  icmp_echo_ignore_all: [0, 1],
  icmp_echo_ignore_broadcasts: [0, 1],
  icmp_ratelimit: [0, 100, 1000],
  icmp_ratemask: [0, 6168, 6176],
  ip_no_pmtu_disc: [0, 1],
};

export function drawSysctl(draw: Draw, network: RandomNetwork, node: string): string {
  if (draw.chance(0.35)) {
    const key = draw.one(Object.keys(NODE_SETTINGS));
    return `sysctl -qw net.ipv4.${key}=${draw.one(NODE_SETTINGS[key])}`;
  }
  const key = draw.one(Object.keys(DEVICE_SETTINGS));
  const device = draw.chance(0.5) ? 'all' : draw.one(attachmentsOf(network, node)).dev;
  return `sysctl -qw net.ipv4.conf.${device}.${key}=${draw.one(DEVICE_SETTINGS[key])}`;
}

/** A further address: in the same subnet, in another one, or one that somebody else has. */
export function drawAddress(draw: Draw, network: RandomNetwork, node: string): string {
  const own = draw.one(attachmentsOf(network, node));
  const other = draw.one(network.attachments);
  const address = draw.one([
    `${own.segment.prefix}.${draw.integer(50, 53)}/24`,
    `${own.segment.prefix}.${draw.integer(50, 53)}/${draw.one([25, 32])}`,
    `10.77.0.${draw.integer(1, 4)}/24`,
    `${other.address}/${draw.one([24, 32])}`,
  ]);
  const scope = draw.weighted({ '': 7, ' scope link': 1, ' scope host': 1 });
  const dev = draw.chance(0.8) ? own.dev : 'lo';
  return `ip addr add ${address} dev ${dev}${scope}`;
}

/** A neighbour entry with the right or a wrong address, or with the state that it would have had. */
export function drawNeighbour(draw: Draw, network: RandomNetwork, node: string): string {
  const own = draw.one(attachmentsOf(network, node));
  const target = draw.one(own.segment.members.filter((member) => member.node !== node));
  const mac = draw.weighted({ right: 5, wrong: 1, nobody: 1 });
  const lladdr = { right: target.mac, wrong: draw.one(network.attachments).mac, nobody: '0a:58:00:00:00:99' }[
    mac
  ];
  const state = draw.one(['permanent', 'permanent', 'reachable', 'stale', 'noarp']);
  const verb = draw.one(['add', 'replace', 'change']);
  const address = draw.chance(0.85) ? target.address : `${own.segment.prefix}.77`;
  return `ip neigh ${verb} ${address} lladdr ${lladdr} dev ${own.dev} nud ${state}`;
}

export function drawBridgeSetting(draw: Draw, ns: string, members: readonly Attachment[]): PlannedCommand {
  const ports = members.flatMap(({ port }) => (port === undefined ? [] : [port.dev]));
  const port = draw.one(ports);
  const flag = () => {
    const name = draw.one(['hairpin', 'isolated', 'learning', 'flood', 'bcast_flood', 'mcast_flood']);
    return `bridge link set dev ${port} ${name} ${draw.one(['on', 'off'])}`;
  };
  const entry = () => {
    const mac = draw.one(members).mac;
    const kind = draw.one(['static', 'dynamic', 'local']);
    return `bridge fdb ${draw.one(['add', 'replace', 'append'])} ${mac} dev ${port} master ${kind}`;
  };
  return { ns, cmd: draw.chance(0.6) ? flag() : entry() };
}
