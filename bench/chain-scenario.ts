/** A line of routers between two hosts: every link a cable and a subnet, every router with a route to each. */
export interface ChainScenario {
  routers: number;
  /** Simulated nanoseconds. */
  stop: number;
  /** Datagrams; absent for as many as fit. */
  packets?: number;
}

/** Simulated nanoseconds between two datagrams: 4.3 of the cable's 10 Gbit/s. */
export const CHAIN_INTERVAL = 2000;

export function chainScenario({ routers, stop, packets }: ChainScenario): string {
  const lines = [
    `name: chain of ${routers}`,
    `stop: ${stop}ns`,
    'cluster:',
    '  defaults: { rate: 10Gbit, delay: 1us }',
    '  nodes:',
    '    source: { address: 10.0.0.1/24, default_gateway: 10.0.0.2 }',
    `    sink: { address: 10.0.${routers}.2/24, default_gateway: 10.0.${routers}.1 }`,
    '  lans: {}',
    '  routers:',
  ];
  for (let router = 1; router <= routers; router++) lines.push(`    ${routerText(router, routers)}`);
  lines.push('  links:');
  const hosts = ['source', ...Array.from({ length: routers }, (_, index) => `r${index + 1}`), 'sink'];
  for (let link = 0; link <= routers; link++) {
    const left = link === 0 ? 'source:eth0' : `${hosts[link]}:eth1`;
    lines.push(`    - { endpoints: ["${left}", "${hosts[link + 1]}:eth0"] }`);
  }
  const count = packets === undefined ? '' : `, packets: ${packets}`;
  lines.push(
    'traffic:',
    `  stream: { kind: udp, from: node/source, to: node/sink, every: ${CHAIN_INTERVAL}ns, size: 1000 B${count} }`,
  );
  return `${lines.join('\n')}\n`;
}

/** Router r has link r - 1 on eth0 and link r on eth1; link s is 10.0.s.0/24 with .1 on its left. */
function routerText(router: number, routers: number): string {
  const routes: string[] = [];
  for (let subnet = 0; subnet <= routers; subnet++) {
    if (subnet < router - 1) routes.push(`10.0.${subnet}.0/24 via 10.0.${router - 1}.1`);
    else if (subnet > router) routes.push(`10.0.${subnet}.0/24 via 10.0.${router}.2`);
  }
  const nics = `eth0: { address: 10.0.${router - 1}.2/24 }, eth1: { address: 10.0.${router}.1/24 }`;
  return `r${router}: { nics: { ${nics} }, routes: [${routes.map((route) => `"${route}"`).join(', ')}] }`;
}
