import type { Draw, PlannedCommand } from './plan.ts';
import type { Attachment, RandomNetwork } from './random-network.ts';

/** What the simulator is asked for; a gate that is closed keeps the generator from drawing it. */
export interface Gates {
  rules: boolean;
  multipath: boolean;
}

/** Routes that make most of the network reachable, and some that are wrong, double or missing. */
export function drawRoutes(draw: Draw, network: RandomNetwork, gates: Gates): PlannedCommand[] {
  const commands = network.nodes.flatMap((node) => plannedRoutes(draw, network, node));
  for (const node of network.nodes) {
    const extra = draw.weighted({ 0: 6, 1: 3, 2: 1 });
    for (let i = 0; i < Number(extra); i++)
      commands.push({ ns: node, cmd: drawRoute(draw, network, node, gates) });
    if (gates.rules && draw.chance(0.12)) commands.push(...drawRules(draw, network, node));
  }
  return commands;
}

/** Routes to the segments that a node is not on, by their shortest way. */
function plannedRoutes(draw: Draw, network: RandomNetwork, node: string): PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  const own = attachmentsOf(network, node);
  if (own.length > 1 && draw.chance(0.9))
    commands.push({ ns: node, cmd: 'sysctl -qw net.ipv4.ip_forward=1' });
  const style = draw.weighted({ subnets: 5, default: own.length === 1 ? 6 : 1, none: 0.5 });
  if (style === 'none') return commands;
  const far = network.segments.filter((segment) => !own.some((member) => member.segment === segment));
  for (const segment of far) {
    const hop = nextHop(network, node, segment.index);
    if (hop === undefined || draw.chance(0.05)) continue;
    const prefix = style === 'default' ? 'default' : `${segment.prefix}.0/24`;
    commands.push({ ns: node, cmd: `ip route add ${prefix} via ${hop.address}` });
    if (style === 'default') break;
  }
  return commands;
}

/** The neighbour on the shortest way from a node to a segment. */
function nextHop(network: RandomNetwork, node: string, segment: number): Attachment | undefined {
  const seen = new Set([node]);
  let frontier = attachmentsOf(network, node).flatMap((own) =>
    own.segment.members.filter((member) => member.node !== node).map((first) => ({ first, at: first.node })),
  );
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { first, at } of frontier) {
      if (seen.has(at)) continue;
      seen.add(at);
      const reached = attachmentsOf(network, at);
      if (reached.some((member) => member.segment.index === segment)) return first;
      for (const { segment: link } of reached) {
        for (const member of link.members) next.push({ first, at: member.node });
      }
    }
    frontier = next;
  }
  return undefined;
}

export function attachmentsOf(network: RandomNetwork, node: string): Attachment[] {
  return network.attachments.filter((member) => member.node === node);
}

/** One route, sensible or not: the kernel and the simulator must agree even in refusing it. */
export function drawRoute(draw: Draw, network: RandomNetwork, node: string, gates: Gates): string {
  const verb = draw.weighted({ add: 8, append: 1, prepend: 0.5, replace: 2, change: 0.5 });
  const prefix = drawPrefix(draw, network);
  const metric = draw.chance(0.3) ? ` metric ${draw.one([0, 5, 100, 200])}` : '';
  const table = draw.chance(0.06) ? ` table ${draw.one(['100', 'main', 'local', '200'])}` : '';
  if (draw.chance(0.25)) {
    return `ip route ${verb} ${draw.one(['blackhole', 'unreachable', 'prohibit', 'throw'])} ${prefix}${metric}${table}`;
  }
  if (gates.multipath && draw.chance(0.1)) {
    const hops = [1, 2].map((weight) => `nexthop ${drawVia(draw, network, node)} weight ${weight}`);
    return `ip route ${verb} ${prefix} ${hops.join(' ')}`;
  }
  const own = draw.one(attachmentsOf(network, node));
  const source = draw.chance(0.15) ? ` src ${draw.one(attachmentsOf(network, node)).address}` : '';
  const rest = draw.weighted({
    '': 8,
    ' onlink': 1,
    ' mtu 1000': 1,
    ' scope link': 0.5,
    ' proto static': 0.5,
  });
  const way = draw.chance(0.8) ? drawVia(draw, network, node) : `dev ${own.dev}`;
  return `ip route ${verb} ${prefix} ${way}${source}${metric}${table}${rest}`;
}

function drawVia(draw: Draw, network: RandomNetwork, node: string): string {
  const own = draw.one(attachmentsOf(network, node));
  const others = own.segment.members.filter((member) => member.node !== node);
  const gateway = draw.weighted({ neighbour: 8, nobody: 1, far: 0.5, self: 0.3 });
  const dev = draw.chance(0.3) ? ` dev ${own.dev}` : '';
  if (gateway === 'nobody') return `via ${own.segment.prefix}.77${dev}`;
  if (gateway === 'far') return `via ${draw.one(network.attachments).address}${dev}`;
  if (gateway === 'self') return `via ${own.address}${dev}`;
  return `via ${draw.one(others).address}${dev}`;
}

/** Destinations that overlap one another and the subnets in use. */
export function drawPrefix(draw: Draw, network: RandomNetwork): string {
  const segment = draw.one(network.segments);
  const member = draw.one(network.attachments);
  const [a, b] = segment.prefix.split('.');
  switch (draw.weighted({ subnet: 5, half: 2, host: 4, wide: 2, default: 2, elsewhere: 1 })) {
    case 'subnet':
      return `${segment.prefix}.0/24`;
    case 'half':
      return `${segment.prefix}.${draw.one(['0/25', '128/25', '0/30', '4/30', '0/29'])}`;
    case 'host':
      return draw.chance(0.5) ? member.address : `${member.address}/32`;
    case 'wide':
      return draw.one([`${a}.${b}.0.0/16`, `${a}.0.0.0/8`, '0.0.0.0/1', '128.0.0.0/1']);
    case 'default':
      return 'default';
    case 'elsewhere':
      return '10.99.0.0/24';
  }
}

function drawRules(draw: Draw, network: RandomNetwork, node: string): PlannedCommand[] {
  const member = draw.one(network.attachments);
  const own = draw.one(attachmentsOf(network, node));
  const selector = draw.one([
    `from ${member.address}`,
    `from ${member.segment.prefix}.0/24`,
    `to ${member.address}`,
    `to ${member.segment.prefix}.0/24`,
    `iif ${own.dev}`,
    'iif lo',
    `oif ${own.dev}`,
    'from all',
    `not from ${member.address}`,
  ]);
  const action = draw.weighted({
    'table 100': 6,
    'table main': 1,
    blackhole: 1,
    unreachable: 1,
    prohibit: 1,
  });
  const preference = draw.chance(0.5) ? ` pref ${draw.one([100, 200, 32766, 40000])}` : '';
  const via = drawVia(draw, network, node);
  return [
    { ns: node, cmd: `ip route add ${drawPrefix(draw, network)} ${via} table 100` },
    { ns: node, cmd: `ip rule add ${selector}${preference} ${action}` },
  ];
}
