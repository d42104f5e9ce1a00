import type { Draw, PlannedStimulus, UdpSendData } from './plan.ts';
import type { RandomNetwork } from './random-network.ts';
import { attachmentsOf, drawRoute, type Gates } from './random-routes.ts';
import { drawAddress, drawBridgeSetting, drawNeighbour, drawSysctl } from './random-settings.ts';

/** Every node answers datagrams to this port. */
export const ECHO_PORT = 7;
const CLOSED_PORT = 9999;
/** Seconds between the starts of two stimuli, unless the first takes longer. */
const PACE = 0.4;

/** Pings and datagrams, with changes of the network in between. */
export function drawStimuli(draw: Draw, network: RandomNetwork, gates: Gates): PlannedStimulus[] {
  const stimuli: PlannedStimulus[] = [];
  const count = draw.integer(3, 6);
  for (let i = 0; i < count; i++) {
    const t_s = Number((i * PACE).toFixed(1));
    const ns = draw.one(network.nodes);
    if (i > 0 && draw.chance(0.35))
      stimuli.push({ t_s, ...drawChange(draw, network, gates), action: { type: 'configure' } });
    else if (draw.chance(0.65))
      stimuli.push({ t_s, ns, cmd: drawPing(draw, network, ns), action: { type: 'ping' } });
    else stimuli.push({ t_s, ...udpSend(ns, drawUdp(draw, network, ns)) });
  }
  return stimuli;
}

function udpSend(ns: string, data: UdpSendData): Omit<PlannedStimulus, 't_s'> {
  const cmd = `gl-udp send --dst ${data.to} --dport ${data.dport}`;
  return { ns, cmd, action: { type: 'udp-send', ...data } };
}

/** Mostly another node's address; sometimes one's own, one of nobody, one of no route. */
function drawTarget(draw: Draw, network: RandomNetwork, node: string): string {
  const own = draw.one(attachmentsOf(network, node));
  const member = draw.one(network.attachments);
  switch (draw.weighted({ member: 16, nobody: 2, elsewhere: 1, extra: 2, loopback: 0.3 })) {
    case 'member':
      return member.address;
    case 'nobody':
      return `${member.segment.prefix}.${draw.integer(77, 79)}`;
    case 'elsewhere':
      return draw.one(['10.99.0.1', '8.8.8.8', '192.0.2.1']);
    case 'extra':
      return draw.chance(0.5)
        ? `${own.segment.prefix}.${draw.integer(50, 53)}`
        : `10.77.0.${draw.integer(1, 4)}`;
    case 'loopback':
      return draw.one(['127.0.0.1', '127.1.2.3']);
  }
}

const PING_SIZES = [0, 8, 56, 56, 56, 100, 548, 972, 1000, 1372, 1472, 1473, 2000, 4000];

function drawPing(draw: Draw, network: RandomNetwork, node: string): string {
  const count = draw.one([1, 1, 1, 2, 3]);
  const options = [`-c ${count}`, '-i 0.27', `-W ${draw.one([0.7, 0.7, 1.7])}`];
  if (draw.chance(0.4)) options.push(`-s ${draw.one(PING_SIZES)}`);
  if (draw.chance(0.25)) options.push(`-t ${draw.integer(1, 4)}`);
  if (draw.chance(0.3)) options.push(`-M ${draw.one(['do', 'want', 'dont'])}`);
  return `ping -n ${options.join(' ')} ${drawTarget(draw, network, node)}`;
}

function drawUdp(draw: Draw, network: RandomNetwork, node: string): UdpSendData {
  const sizes = Array.from({ length: draw.integer(1, 2) }, () =>
    draw.one([0, 1, 10, 100, 548, 972, 1472, 1473, 3000]),
  );
  return {
    to: drawTarget(draw, network, node),
    dport: draw.chance(0.5) ? ECHO_PORT : CLOSED_PORT,
    ...(draw.chance(0.3) ? { sport: draw.integer(20_000, 20_009) } : {}),
    sizes,
    wait: draw.one([0.42, 0.78]),
    ...(draw.chance(0.5) ? { connected: true } : {}),
    ...(draw.chance(0.3) ? { df: draw.one(['do', 'want', 'dont'] as const) } : {}),
  };
}

/** A change between two stimuli. */
function drawChange(draw: Draw, network: RandomNetwork, gates: Gates): { ns: string; cmd: string } {
  const ns = draw.one(network.nodes);
  const own = draw.one(attachmentsOf(network, ns));
  switch (draw.weighted({ route: 6, link: 4, neighbour: 3, address: 3, sysctl: 3, bridge: 2, mac: 0.5 })) {
    case 'route':
      return {
        ns,
        cmd: draw.chance(0.6) ? drawRoute(draw, network, ns, gates) : drawDeletion(draw, network),
      };
    case 'link':
      return drawLinkChange(draw, network);
    case 'neighbour':
      return { ns, cmd: drawNeighbourChange(draw, network, ns) };
    case 'address':
      if (draw.chance(0.5)) return { ns, cmd: drawAddress(draw, network, ns) };
      return {
        ns,
        cmd: draw.chance(0.7)
          ? `ip addr del ${own.address}/24 dev ${own.dev}`
          : `ip addr flush dev ${own.dev}`,
      };
    case 'sysctl':
      return { ns, cmd: drawSysctl(draw, network, ns) };
    case 'bridge': {
      const bridged = network.segments.filter(({ bridge }) => bridge !== undefined);
      if (bridged.length === 0) return { ns, cmd: drawSysctl(draw, network, ns) };
      const { bridge, members } = draw.one(bridged);
      return drawBridgeSetting(draw, bridge!.ns, members);
    }
    case 'mac':
      return { ns, cmd: `ip link set ${own.dev} address 0a:58:99:00:00:0${draw.integer(1, 9)}` };
  }
}

function drawDeletion(draw: Draw, network: RandomNetwork): string {
  const { prefix } = draw.one(network.segments);
  return draw.one([
    `ip route del ${prefix}.0/24`,
    'ip route del default',
    'ip route flush cache',
    `ip route flush ${prefix}.0/24`,
  ]);
}

function drawLinkChange(draw: Draw, network: RandomNetwork): { ns: string; cmd: string } {
  const { node, dev, port } = draw.one(network.attachments);
  const end = port !== undefined && draw.chance(0.4) ? port : { ns: node, dev };
  const state = draw.weighted({ down: 3, up: 3, mtu: 1 });
  if (state === 'mtu')
    return { ns: end.ns, cmd: `ip link set ${end.dev} mtu ${draw.one([600, 1000, 1400, 1500])}` };
  return { ns: end.ns, cmd: `ip link set ${end.dev} ${state}` };
}

function drawNeighbourChange(draw: Draw, network: RandomNetwork, node: string): string {
  const own = draw.one(attachmentsOf(network, node));
  const target = draw.one(own.segment.members.filter((member) => member.node !== node));
  return draw.one([
    drawNeighbour(draw, network, node),
    `ip neigh del ${target.address} dev ${own.dev}`,
    `ip neigh flush dev ${own.dev}`,
  ]);
}
