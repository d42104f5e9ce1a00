/** What two runs of the same case cannot have in common in the output of commands. */
export interface MaskContext {
  /** MAC addresses that the case sets itself; all others were drawn at random. */
  knownMacs: ReadonlySet<string>;
  /** Long enough for a random reachable time (15 to 45 s) to run out or not. */
  reachabilityIsRandom: boolean;
}

interface Mask {
  /** Commands that it is for. */
  command: RegExp;
  pattern: RegExp;
  replacement: string;
}

/** The connection table. */
const CONNTRACK = /^(conntrack -L|cat \/proc\/net\/nf_conntrack)\b/;

const MASKS: readonly Mask[] = [
  // interface indexes and the kernel's numbers for namespaces
  { command: /^(ip|bridge)\b/, pattern: /^\d+: /gm, replacement: 'N: ' },
  { command: /^(ip|bridge)\b/, pattern: /@if\d+/g, replacement: '@ifN' },
  { command: /^(ip|bridge)\b/, pattern: /link-netnsid \d+/g, replacement: 'link-netnsid N' },
  // running timers
  { command: /^ip .*link/, pattern: /(\w*_timer) +\d+\.\d+/g, replacement: '$1 T' },
  { command: /^ip -s neigh/, pattern: /(ref \d+ )?used [\d/]+ ?probes \d+/g, replacement: 'used T' },
  { command: /^bridge -s fdb/, pattern: /used \d+\/\d+/g, replacement: 'used T' },
  { command: /^ip route/, pattern: /expires \d+sec/g, replacement: 'expires T' },
  { command: /^(netstat|ss)\b/, pattern: /\b\d+\/\S+/g, replacement: 'PID/program' },
  // when it was printed, and on which machine's kernel
  { command: /^iptables-save/, pattern: /^# (Generated|Completed) .*$/gm, replacement: '# $1' },
  // what is left of time-outs, identifiers of ping, ports and identifiers that a clash had drawn
  { command: CONNTRACK, pattern: /^((?:ipv4 +2 )?\w+ +\d+) \d+ /gm, replacement: '$1 T ' },
  { command: CONNTRACK, pattern: /\bid=\d+/g, replacement: 'id=N' },
  {
    command: CONNTRACK,
    pattern: /(sport=(\d+) dport=\d+ .*sport=\d+) dport=(?!\2\b)\d+/g,
    replacement: '$1 dport=N',
  },
  // printed on stderr, which is recorded with the output
  { command: CONNTRACK, pattern: /^conntrack v[\d.]+ .*$\n?/gm, replacement: '' },
  // what ping and traceroute measure
  { command: /^(ping|traceroute)\b/, pattern: /\d+(\.\d+)? ?ms\b/g, replacement: 'T ms' },
  { command: /^ping\b/, pattern: /^rtt min\/avg\/max\/mdev = .*$/gm, replacement: 'rtt T' },
  {
    command: /^gl-tcp\b/,
    pattern: /"(connect_s|after_s|seconds|goodput_bps)": [\d.e-]+/g,
    replacement: '"$1": T',
  },
];

/** Tables that the kernel keeps by hash and prints in that order: it is random, so their lines are sorted. */
const HASHED_TABLES = /^(ip( -s)? neigh|bridge( -s)? fdb|arp|conntrack -L|cat \/proc\/net\/nf_conntrack)\b/;

const MAC_PATTERN = /\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g;

/** The output with everything masked that cannot be the same. */
export function maskText(command: string, output: string, context: MaskContext): string {
  let text = output;
  for (const mask of MASKS) {
    if (mask.command.test(command)) text = text.replace(mask.pattern, mask.replacement);
  }
  text = text.replace(MAC_PATTERN, (mac) => maskMac(mac, context));
  if (context.reachabilityIsRandom) text = text.replace(/\b(REACHABLE|STALE)\b/g, 'REACHABLE or STALE');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  if (HASHED_TABLES.test(command)) lines.sort();
  return lines.join('\n');
}

const MASKED_KEYS = /^(ifindex|link_index|link_netnsid|used|confirmed|updated|probes|refcnt|\w+_timer)$/;

/** As `maskText`, for the parsed output of a command with `-j`; the keys of objects come out in order. */
export function maskJson(value: unknown, context: MaskContext): unknown {
  if (Array.isArray(value)) return value.map((entry) => maskJson(entry, context));
  if (typeof value === 'string') {
    const text = value.replace(MAC_PATTERN, (mac) => maskMac(mac, context));
    return context.reachabilityIsRandom && text === 'STALE' ? 'REACHABLE' : text;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => !MASKED_KEYS.test(key));
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, maskJson(entry, context)]));
}

/** The entries of a hashed table in an order of their own. */
export function sortJson(command: string, value: unknown): unknown {
  if (!Array.isArray(value) || !/neigh|fdb/.test(command)) return value;
  return value.map((entry) => JSON.stringify(entry)).sort();
}

function maskMac(mac: string, context: MaskContext): string {
  const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
  return isGroup || mac === '00:00:00:00:00:00' || context.knownMacs.has(mac) ? mac : 'random-mac';
}

/** The MAC addresses in the commands of a case. */
export function macsIn(commands: Iterable<string>): Set<string> {
  const macs = new Set<string>();
  for (const command of commands) for (const mac of command.match(MAC_PATTERN) ?? []) macs.add(mac);
  return macs;
}
