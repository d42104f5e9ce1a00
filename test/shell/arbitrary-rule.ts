import fc, { type Arbitrary } from 'fast-check';

/** Words of a line of iptables. */
type Words = string[];

const of = (...words: Words): Arbitrary<Words> => fc.constant(words);

/** Some of them, in any order, and at least one when asked for. */
function some(parts: readonly Arbitrary<Words>[], atLeast = 0): Arbitrary<Words> {
  return fc
    .tuple(fc.tuple(...parts), fc.shuffledSubarray([...parts.keys()], { minLength: atLeast }))
    .map(([words, order]) => order.flatMap((index) => words[index]));
}

/** With `!` before it, or not. */
function maybeNot(part: Arbitrary<Words>): Arbitrary<Words> {
  return fc.tuple(fc.boolean(), part).map(([not, words]) => (not ? ['!', ...words] : words));
}

const number = (minimum: number, maximum: number): Arbitrary<string> =>
  fc.integer({ min: minimum, max: maximum }).map(String);

const address = fc
  .tuple(fc.constantFrom('10', '192', '172'), number(0, 255), number(0, 255), number(1, 254))
  .map((bytes) => bytes.join('.'));

const network = fc.oneof(
  address,
  fc.tuple(address, number(1, 32)).map(([base, length]) => `${base}/${length}`),
  fc.tuple(address, fc.constantFrom('255.255.0.0', '255.0.255.0')).map(([base, mask]) => `${base}/${mask}`),
);

const port = fc.oneof(number(1, 65535), fc.constantFrom('https', 'domain'));
const plainPort = number(1, 65535);
const portRange = fc.oneof(
  plainPort,
  fc.tuple(number(1, 1000), number(1001, 65000)).map(([first, last]) => `${first}:${last}`),
);

const mark = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }).map((value) => `0x${value.toString(16)}`),
  fc.tuple(number(0, 0xffff), number(0, 0xffff)).map(([value, mask]) => `${value}/${mask}`),
);

const text = fc.string({
  unit: fc.constantFrom(...'abcXYZ019 _-.:/"\'\\$;#'),
  minLength: 1,
  maxLength: 24,
});

const name = fc.constantFrom('eth0', 'veth+', 'cni0', 'lo');

function option(key: string, value: Arbitrary<string>): Arbitrary<Words> {
  return value.map((word) => [key, word]);
}

function list(words: readonly string[]): Arbitrary<string> {
  return fc.shuffledSubarray([...words], { minLength: 1 }).map((chosen) => chosen.join(','));
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const tcpFlags = fc
  .tuple(list(FLAGS), fc.oneof(list(FLAGS), fc.constant('NONE')))
  .map(([mask, compare]) => ['--tcp-flags', mask, compare]);

const ports = [
  maybeNot(option('--sport', portRange)),
  maybeNot(option('--dport', fc.oneof(port, portRange))),
];

const multiport = fc
  .tuple(
    fc.constantFrom('--sports', '--dports', '--ports'),
    fc.array(portRange, { minLength: 1, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([key, values, not]) => ['-m', 'multiport', ...(not ? ['!'] : []), key, values.join(',')]);

/** A protocol with what only its rules may have. */
const transport: Arbitrary<Words> = fc.oneof(
  of(),
  of('-p', 'esp'),
  number(140, 250).map((protocol) => ['-p', protocol]),
  some([...ports, fc.oneof(of('--syn'), maybeNot(tcpFlags))]).map((rest) => ['-p', 'tcp', ...rest]),
  some(ports).map((rest) => ['-p', 'udp', ...rest]),
  multiport.map((rest) => ['-p', 'tcp', ...rest]),
  multiport.map((rest) => ['-p', 'udp', ...rest]),
  maybeNot(
    option('--icmp-type', fc.constantFrom('8', 'echo-reply', '3/4', 'any', 'port-unreachable', '11')),
  ).map((rest) => ['-p', 'icmp', ...rest]),
);

const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'];
const TYPES = ['UNICAST', 'LOCAL', 'BROADCAST', 'MULTICAST'];

const conntrack = some(
  [
    maybeNot(option('--ctstate', list([...STATES, 'SNAT', 'DNAT']))),
    maybeNot(option('--ctproto', fc.constantFrom('tcp', 'udp', '1'))),
    maybeNot(
      option(
        '--ctorigsrc',
        fc.tuple(address, number(1, 32)).map((parts) => parts.join('/')),
      ),
    ),
    maybeNot(option('--ctrepldst', address)),
    maybeNot(option('--ctorigdstport', portRange)),
    maybeNot(option('--ctstatus', list(['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED']))),
    option('--ctdir', fc.constantFrom('ORIGINAL', 'REPLY')),
  ],
  1,
);

const recent = fc
  .tuple(
    fc.boolean(),
    fc.oneof(
      of('--set'),
      of('--remove'),
      some([option('--seconds', number(1, 9999)), option('--hitcount', number(1, 20)), of('--rttl')]).chain(
        (rest) => fc.constantFrom('--rcheck', '--update').map((command) => [command, ...rest]),
      ),
    ),
    some([
      option('--name', fc.constantFrom('KUBE', 'x')),
      of('--rdest'),
      option('--mask', fc.constant('255.255.0.0')),
    ]),
  )
  .map(([not, command, rest]) => ['-m', 'recent', ...(not ? ['!'] : []), ...command, ...rest]);

const statistic = fc.oneof(
  fc
    .tuple(fc.boolean(), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([not, p]) => ['--mode', 'random', ...(not ? ['!'] : []), '--probability', p.toFixed(8)]),
  fc
    .tuple(fc.boolean(), fc.integer({ min: 2, max: 99 }))
    .map(([not, every]) => [
      ...['--mode', 'nth', ...(not ? ['!'] : [])],
      ...['--every', String(every), '--packet', String(every >> 1)],
    ]),
);

const limit = fc
  .tuple(number(1, 300), fc.constantFrom('', '/s', '/min', '/hour', '/day'), fc.option(number(1, 99)))
  .map(([rate, unit, burst]) => [
    ...['-m', 'limit', '--limit', rate + unit],
    ...(burst === null ? [] : ['--limit-burst', burst]),
  ]);

const range = fc
  .tuple(number(1, 100), number(101, 200))
  .map(([first, last]) => `10.0.0.${first}-10.0.0.${last}`);

function match(extension: string, options: Arbitrary<Words>): Arbitrary<Words> {
  return options.map((words) => ['-m', extension, ...words]);
}

/** Any one match that asks for no protocol. */
const plainMatch: Arbitrary<Words> = fc.oneof(
  match('conntrack', conntrack),
  match('state', maybeNot(option('--state', list(STATES)))),
  match('mark', maybeNot(option('--mark', mark))),
  match('connmark', maybeNot(option('--mark', mark))),
  match('comment', option('--comment', text)),
  match('statistic', statistic),
  recent,
  limit,
  match(
    'addrtype',
    some([maybeNot(option('--src-type', list(TYPES))), maybeNot(option('--dst-type', list(TYPES)))], 1),
  ),
  match('length', maybeNot(option('--length', portRange))),
  match('ttl', fc.oneof(maybeNot(option('--ttl-eq', number(0, 255))), option('--ttl-lt', number(0, 255)))),
  match('pkttype', maybeNot(option('--pkt-type', fc.constantFrom('unicast', 'broadcast', 'multicast')))),
  match('iprange', some([maybeNot(option('--src-range', range)), maybeNot(option('--dst-range', range))], 1)),
  match('mac', maybeNot(option('--mac-source', fc.constant('02:00:00:00:0a:01')))),
);

const common = some([
  maybeNot(option('-s', network)),
  maybeNot(option('-d', network)),
  maybeNot(option('-i', name)),
]);

const changeOfMark = fc.tuple(fc.constantFrom('--set-mark', '--set-xmark'), mark).chain((words) =>
  fc.oneof(
    fc.constant([...words]),
    fc
      .tuple(fc.constantFrom('--and-mark', '--or-mark', '--xor-mark'), number(0, 0xffff))
      .map((pair) => [...pair]),
  ),
);

const random = some([of('--random'), of('--random-fully')]);
const natRange = fc.oneof(address, range);

export interface ArbitraryRule {
  table: string;
  chain: string;
  /** After `-A CHAIN`. */
  words: Words;
}

function rule(
  table: string,
  chain: string,
  target: Arbitrary<Words>,
  protocol = transport,
): Arbitrary<ArbitraryRule> {
  const matches = fc.array(plainMatch, { maxLength: 3 }).map((all) => all.flat());
  return fc
    .tuple(common, protocol, matches, target)
    .map(([where, what, rest, words]) => ({ table, chain, words: [...where, ...what, ...rest, ...words] }));
}

const REJECTIONS = ['icmp-net-unreachable', 'icmp-port-unreachable', 'host-prohib', 'icmp-admin-prohibited'];

const logging = some([
  option('--log-prefix', text),
  option('--log-level', fc.constantFrom('debug', 'info', '3', 'warning')),
  of('--log-uid'),
  of('--log-tcp-options'),
]);

const tcpOnly = some(ports).map((rest) => ['-p', 'tcp', ...rest]);

/** A rule of any table, such as the kernel takes it. */
export const arbitraryRule: Arbitrary<ArbitraryRule> = fc.oneof(
  rule('filter', 'FORWARD', fc.constantFrom(['-j', 'ACCEPT'], ['-j', 'DROP'], ['-j', 'RETURN'], [])),
  rule(
    'filter',
    'INPUT',
    option('--reject-with', fc.constantFrom(...REJECTIONS)).map((w) => ['-j', 'REJECT', ...w]),
  ),
  rule(
    'filter',
    'INPUT',
    logging.map((words) => ['-j', 'LOG', ...words]),
  ),
  rule('filter', 'INPUT', of('-j', 'REJECT', '--reject-with', 'tcp-reset'), tcpOnly),
  rule(
    'mangle',
    'PREROUTING',
    changeOfMark.map((words) => ['-j', 'MARK', ...words]),
  ),
  rule(
    'mangle',
    'PREROUTING',
    changeOfMark.map((words) => ['-j', 'CONNMARK', ...words]),
  ),
  rule(
    'mangle',
    'PREROUTING',
    fc
      .tuple(
        fc.constantFrom('--save-mark', '--restore-mark'),
        some([option('--nfmask', number(0, 255)), option('--ctmask', number(0, 255))]),
      )
      .map(([copy, masks]) => ['-j', 'CONNMARK', copy, ...masks]),
  ),
  rule(
    'raw',
    'PREROUTING',
    fc.constantFrom(['-j', 'NOTRACK'], ['-j', 'CT', '--notrack'], ['-j', 'CT', '--zone', '7']),
  ),
  rule(
    'nat',
    'PREROUTING',
    fc
      .tuple(natRange, some([of('--random'), of('--persistent')]))
      .map(([to, rest]) => ['-j', 'DNAT', '--to-destination', to, ...rest]),
  ),
  rule(
    'nat',
    'PREROUTING',
    fc.tuple(natRange, plainPort).map(([to, where]) => ['-j', 'DNAT', '--to-destination', `${to}:${where}`]),
    tcpOnly,
  ),
  rule('nat', 'PREROUTING', of('-j', 'REDIRECT', '--to-ports', '80-90'), tcpOnly),
  fc.tuple(maybeNot(option('-s', network)), random).map(([where, rest]) => ({
    table: 'nat',
    chain: 'POSTROUTING',
    words: [...where, '-j', 'MASQUERADE', ...rest],
  })),
  fc.tuple(natRange, random).map(([to, rest]) => ({
    table: 'nat',
    chain: 'POSTROUTING',
    words: ['-o', 'eth0', '-j', 'SNAT', '--to-source', to, ...rest],
  })),
);
