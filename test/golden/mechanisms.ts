import type { GoldenCase } from './case.ts';

interface Mechanism {
  name: string;
  /** Whether the case cannot be reproduced without it. */
  neededBy(golden: GoldenCase): boolean;
}

/** What the models do not have yet. Decided by what a case contains, never by its name. */
const MISSING: readonly Mechanism[] = [
  { name: 'CNI plugins', neededBy: (golden) => hasAction(golden, 'cni') },
  { name: 'netfilter by nft', neededBy: (golden) => runs(golden, /^(ip6tables|nft)\b/) },
  { name: 'DHCP', neededBy: (golden) => hasServer(golden, /^(dnsmasq|dhcpd|udhcpd)\b/) },
];

/** The first missing mechanism that the case needs; undefined when it can be run. */
export function missingMechanism(golden: GoldenCase): string | undefined {
  return MISSING.find((mechanism) => mechanism.neededBy(golden))?.name;
}

function hasAction(golden: GoldenCase, type: string): boolean {
  return golden.stimulus.some(({ action }) => action?.type === type);
}

function hasServer(golden: GoldenCase, command: RegExp): boolean {
  return golden.servers.some(({ cmd }) => command.test(cmd));
}

/** Whether a set-up or configuration command matches. */
function runs(golden: GoldenCase, command: RegExp): boolean {
  return [...golden.setup_commands, ...golden.stimulus].some(({ cmd }) => command.test(cmd));
}
