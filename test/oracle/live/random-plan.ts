import { RandomStreams } from '../../../engine/random.ts';
import { Draw, type Plan, type PlannedCommand } from './plan.ts';
import { drawNetwork, type RandomNetwork } from './random-network.ts';
import { drawRoutes, type Gates } from './random-routes.ts';
import { drawSettings } from './random-settings.ts';
import { drawStimuli, ECHO_PORT } from './random-stimuli.ts';

/** Which of several next hops Linux takes depends on a seed that it draws when it starts: none are drawn. */
const GATES: Gates = { rules: true, multipath: false };

/** The case of this number: always the same one for a seed. */
export function randomPlan(seed: string, number: number): Plan {
  const draw = new Draw(new RandomStreams(seed).stream('oracle', String(number)));
  const network = drawNetwork(draw, drawTimers(draw));
  const hosts = [...network.switches, ...network.nodes];
  const settings = [...drawRoutes(draw, network, GATES), ...drawSettings(draw, network)];
  const stimulus = settings.map((command) => ({
    t_s: null,
    ...command,
    action: { type: 'configure' as const },
  }));
  return {
    schema: 'golden-case/1',
    title: `random case ${seed}/${number}`,
    namespaces: hosts.map((name) => ({ name, looks: looks(draw, network, name), interfaces: [] })),
    setup_commands: [...hosts.flatMap(basics), ...network.commands],
    servers: network.nodes.map((ns) => ({ ns, cmd: `gl-udp echo --port ${ECHO_PORT}` })),
    stimulus: [...stimulus, ...drawStimuli(draw, network, GATES)],
    captures: captures(network),
    settle_seconds: 1.2,
    capture_seconds: 0,
  };
}

/** Settings of `net.ipv4.neigh.DEV`: short timers keep a case short; now and then the kernel's own. */
function drawTimers(draw: Draw): string[] {
  const short = ['delay_first_probe_time=1'];
  if (draw.chance(0.7)) short.push(`retrans_time_ms=${draw.one([200, 300, 500])}`);
  // the delay of proxy ARP is random
  return [...short, 'proxy_delay=0'];
}

function basics(ns: string): PlannedCommand[] {
  const values = [
    'net.ipv6.conf.all.disable_ipv6=1',
    'net.ipv6.conf.default.disable_ipv6=1',
    'net.bridge.bridge-nf-call-iptables=0',
    'net.bridge.bridge-nf-call-arptables=0',
    'net.bridge.bridge-nf-call-ip6tables=0',
  ];
  const commands = values.map((value) => ({ ns, cmd: `sysctl -qw ${value}` }));
  return [...commands, { ns, cmd: 'ip link set lo up' }];
}

function looks(draw: Draw, network: RandomNetwork, ns: string): string[] {
  const json = draw.chance(0.5) ? 'ip -j' : 'ip';
  const bridge = draw.chance(0.5) ? 'bridge -j' : 'bridge';
  const tables = [`${json} neigh`, `${json} addr`, `${json} route show table all`, `${json} rule`];
  if (network.switches.includes(ns)) return [`${bridge} fdb show`, `${bridge} -d link`];
  if (network.segments.some((segment) => segment.bridge?.ns === ns)) return [...tables, `${bridge} fdb show`];
  return tables;
}

/** Both ends of every pair, and the bridge devices. */
function captures(network: RandomNetwork): Plan['captures'] {
  const ends = network.attachments.flatMap(({ node, dev, port }) => {
    const own = { ns: node, dev };
    const isPort =
      port !== undefined && !network.attachments.some((m) => m.node === port.ns && m.dev === port.dev);
    return isPort ? [own, port] : [own];
  });
  return ends.map(({ ns, dev }) => ({ ns, if: dev, file: `${ns}.${dev}.pcap`, snaplen: 0, filter: '' }));
}
