import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { MacAddress } from '../wire/mac-address.ts';

// Plain data of netfilter's control surface: what `iptables`, `ipset` and `conntrack` say and are told.

/** In the order in which a packet meets them at one hook. */
export const TABLE_NAMES = ['raw', 'mangle', 'nat', 'filter'] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** In the order in which a packet meets them; also the names of the built-in chains. */
export const HOOK_NAMES = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** The built-in chains of each table, in the order in which `iptables -S` prints them. */
export const BUILT_IN_CHAINS: Readonly<Record<TableName, readonly HookName[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

export type Policy = 'ACCEPT' | 'DROP';

/** Anything that `!` may stand before. */
export interface Negatable {
  not?: boolean;
}

/** `-s`, `-d`: any mask, not only a prefix; both as unsigned numbers. */
export interface AddressMatch extends Negatable {
  address: Ipv4Address;
  mask: number;
}

/** `-i`, `-o`, `--physdev-in`: a name; one that ends in `+` stands for every name that begins so. */
export interface InterfaceMatch extends Negatable {
  name: string;
}

/** Both ends included. */
export interface Range {
  first: number;
  last: number;
}

/** A condition of an extension (`-m NAME`), told apart by `match`. */
export type MatchSpec =
  | TcpMatch
  | UdpMatch
  | IcmpMatch
  | MultiportMatch
  | ConntrackMatch
  | MarkMatch
  | SetMatch
  | CommentMatch
  | AddrtypeMatch
  | StatisticMatch
  | RecentMatch
  | LimitMatch
  | PhysdevMatch
  | MacMatch
  | LengthMatch
  | TtlMatch
  | IprangeMatch
  | PkttypeMatch;

export interface PortMatch extends Range, Negatable {}

/** `-m tcp`. `flags` holds the bits of the TCP header (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32). */
export interface TcpMatch {
  match: 'tcp';
  sourcePort?: PortMatch;
  destinationPort?: PortMatch;
  /** `--tcp-flags MASK COMPARE`; `--syn` is mask FIN,SYN,RST,ACK and compare SYN. */
  flags?: Negatable & { mask: number; compare: number };
  /** `--tcp-option`: the kind of an option that the header holds. */
  option?: Negatable & { kind: number };
}

/** `-m udp`. */
export interface UdpMatch {
  match: 'udp';
  sourcePort?: PortMatch;
  destinationPort?: PortMatch;
}

/** `-m icmp --icmp-type`. `type` 255 stands for `any`. */
export interface IcmpMatch extends Negatable {
  match: 'icmp';
  type: number;
  /** Default: every code. */
  codes?: Range;
}

/** `-m multiport`: `--sports`, `--dports` or `--ports`; at most 15 numbers, a range counts twice. */
export interface MultiportMatch extends Negatable {
  match: 'multiport';
  side: 'source' | 'destination' | 'either';
  ports: Range[];
}

/** `SNAT` and `DNAT` are states of a connection whose addresses were translated. */
export type ConntrackState = 'INVALID' | 'NEW' | 'ESTABLISHED' | 'RELATED' | 'UNTRACKED' | 'SNAT' | 'DNAT';
export type ConntrackStatus = 'NONE' | 'EXPECTED' | 'SEEN_REPLY' | 'ASSURED' | 'CONFIRMED';

/** `-m conntrack`, and `-m state` (`spelling`). */
export interface ConntrackMatch {
  match: 'conntrack';
  /** How it was written; the older one knows `states` alone. Default: conntrack. */
  spelling?: 'state';
  states?: Negatable & { any: ConntrackState[] };
  status?: Negatable & { any: ConntrackStatus[] };
  protocol?: Negatable & { number: number };
  originalSource?: AddressMatch;
  originalDestination?: AddressMatch;
  replySource?: AddressMatch;
  replyDestination?: AddressMatch;
  originalSourcePort?: PortMatch;
  originalDestinationPort?: PortMatch;
  replySourcePort?: PortMatch;
  replyDestinationPort?: PortMatch;
  /** Seconds until the entry expires. */
  expire?: Range & Negatable;
  direction?: 'ORIGINAL' | 'REPLY';
}

/** `-m mark` and `-m connmark`: `(mark & mask) == value`. */
export interface MarkMatch extends Negatable {
  match: 'mark' | 'connmark';
  value: number;
  mask: number;
}

/** `-m set --match-set NAME src,dst`. */
export interface SetMatch extends Negatable {
  match: 'set';
  set: string;
  directions: ('src' | 'dst')[];
  returnNomatch?: boolean;
}

/** `-m comment --comment`: matches always. */
export interface CommentMatch {
  match: 'comment';
  text: string;
}

export type AddressType =
  | 'UNSPEC'
  | 'UNICAST'
  | 'LOCAL'
  | 'BROADCAST'
  | 'ANYCAST'
  | 'MULTICAST'
  | 'BLACKHOLE'
  | 'UNREACHABLE'
  | 'PROHIBIT'
  | 'THROW'
  | 'NAT'
  | 'XRESOLVE';

/** `-m addrtype`. */
export interface AddrtypeMatch {
  match: 'addrtype';
  source?: Negatable & { any: AddressType[] };
  destination?: Negatable & { any: AddressType[] };
  limitIfaceIn?: boolean;
  limitIfaceOut?: boolean;
}

/** `-m statistic`. */
export type StatisticMatch = Negatable & { match: 'statistic' } & (
    | {
        mode: 'random';
        /** The kernel's number: the probability times 2^31, rounded; 0 to 2^31. */
        probability: number;
      }
    | { mode: 'nth'; every: number; packet: number }
  );

/** `-m recent`. `not` belongs to the command (`! --rcheck`). */
export interface RecentMatch extends Negatable {
  match: 'recent';
  command: 'set' | 'rcheck' | 'update' | 'remove';
  /** Default of iptables: DEFAULT. */
  name: string;
  side: 'source' | 'destination';
  /** Default of iptables: 255.255.255.255. */
  mask: number;
  seconds?: number;
  /** `--reap`: only together with `seconds`. */
  reap?: boolean;
  hitcount?: number;
  /** `--rttl`. */
  sameTtl?: boolean;
}

/** `-m limit`. */
export interface LimitMatch {
  match: 'limit';
  /** Time per packet in units of 0.1 ms (XT_LIMIT_SCALE): 10,000 is `1/sec`. Default of iptables: 12,000,000 (3/hour). */
  average: number;
  /** Default of iptables: 5. */
  burst: number;
}

/** `-m physdev`: ports of a bridge that the packet came in by and leaves by. */
export interface PhysdevMatch {
  match: 'physdev';
  in?: InterfaceMatch;
  out?: InterfaceMatch;
  isIn?: Negatable;
  isOut?: Negatable;
  isBridged?: Negatable;
}

/** `-m mac --mac-source`. */
export interface MacMatch extends Negatable {
  match: 'mac';
  source: MacAddress;
}

/** `-m length`: of the whole IP packet. */
export interface LengthMatch extends Range, Negatable {
  match: 'length';
}

/** `-m ttl`: `--ttl-eq` (may be negated), `--ttl-lt`, `--ttl-gt`. */
export interface TtlMatch extends Negatable {
  match: 'ttl';
  compare: 'eq' | 'lt' | 'gt';
  value: number;
}

/** `-m iprange`: both ends included. */
export interface IprangeMatch {
  match: 'iprange';
  source?: Range & Negatable;
  destination?: Range & Negatable;
}

/** `-m pkttype --pkt-type`. */
export interface PkttypeMatch extends Negatable {
  match: 'pkttype';
  type: 'unicast' | 'broadcast' | 'multicast';
}

export type RejectWith =
  | 'icmp-net-unreachable'
  | 'icmp-host-unreachable'
  | 'icmp-port-unreachable'
  | 'icmp-proto-unreachable'
  | 'icmp-net-prohibited'
  | 'icmp-host-prohibited'
  | 'icmp-admin-prohibited'
  | 'tcp-reset';

/** The addresses and ports that a translation may choose from; what is absent stays as it is if it can. */
export interface NatRange {
  addresses?: Range;
  ports?: Range;
  /** `--to-destination a:10-20/8000`: the port that is mapped to the first of the range. */
  basePort?: number;
  random?: boolean;
  randomFully?: boolean;
  persistent?: boolean;
}

/** What a rule does (`-j`, `-g`), told apart by `target`. */
export type TargetSpec =
  | { target: 'ACCEPT' | 'DROP' | 'RETURN' }
  /** `-j CHAIN`, with `goto` `-g CHAIN`. */
  | { target: 'chain'; chain: string; goto?: boolean }
  /** Default of iptables: icmp-port-unreachable. */
  | { target: 'REJECT'; with: RejectWith }
  /** `--set-xmark value/mask`: mark = (mark & ~mask) ^ value; the other spellings come down to it. */
  | { target: 'MARK'; value: number; mask: number }
  | { target: 'CONNMARK'; mode: 'set'; value: number; mask: number }
  /** `--save-mark`: ctmark = (ctmark & ~ctMask) ^ (mark & mask); `--restore-mark` the other way about. */
  | { target: 'CONNMARK'; mode: 'save' | 'restore'; mask: number; ctMask: number }
  | ({ target: 'DNAT' } & NatRange)
  | ({ target: 'SNAT' } & NatRange)
  /** No addresses here: they follow from the interface. */
  | ({ target: 'MASQUERADE' } & Omit<NatRange, 'addresses' | 'persistent' | 'basePort'>)
  | ({ target: 'REDIRECT' } & Omit<NatRange, 'addresses' | 'persistent' | 'basePort'>)
  | {
      target: 'LOG';
      /** 0 (emerg) to 7 (debug). Default of iptables: 4. */
      level: number;
      prefix: string;
      tcpSequence?: boolean;
      tcpOptions?: boolean;
      ipOptions?: boolean;
      uid?: boolean;
      macDecode?: boolean;
    }
  | { target: 'NFLOG'; group: number; prefix: string; size?: number; threshold?: number }
  /** `-j CT`, and `-j NOTRACK`, which is `CT --notrack`. */
  | { target: 'CT'; notrack?: boolean; zone?: number; spelling?: 'NOTRACK' }
  | { target: 'TTL'; mode: 'set' | 'inc' | 'dec'; value: number }
  /** `--set-mss`, or without `mss` `--clamp-mss-to-pmtu`. */
  | { target: 'TCPMSS'; mss?: number };

/** A rule as `iptables -A` takes it. The conditions of `iptables` itself stand by name, those of extensions in order. */
export interface RuleSpec {
  source?: AddressMatch;
  destination?: AddressMatch;
  inInterface?: InterfaceMatch;
  outInterface?: InterfaceMatch;
  /** Number of IANA; absent: all. */
  protocol?: Negatable & { number: number };
  /** `-f`: second and further fragments. */
  fragment?: Negatable;
  matches?: readonly MatchSpec[];
  /** Absent: the rule only counts. */
  target?: TargetSpec;
}

export interface Counters {
  packets: number;
  bytes: number;
}

export interface RuleView extends RuleSpec, Counters {
  matches: readonly MatchSpec[];
}

/**
 * A chain; its counters are those of its policy. iptables-nft makes built-in chains without counters: they stay 0
 * until a policy is set, and count from then on.
 */
export interface ChainView extends Counters {
  name: string;
  /** Of a built-in chain. */
  policy?: Policy;
  /** Rules that jump or go here. */
  references: number;
  rules: RuleView[];
}

// --- ipset

export type SetType = 'hash:ip' | 'hash:net' | 'hash:ip,port' | 'list:set';

/** A set as `ipset create` takes it. */
export interface SetSpec {
  name: string;
  type: SetType;
  /** Default 1024. */
  hashSize?: number;
  /** Default 65536; of `list:set` (`size`) 8. */
  maxElements?: number;
  /** `hash:ip`: 1 to 32, default 32. */
  netmask?: number;
  /** Seconds that an entry lives unless it says otherwise, 0 for ever; absent: entries have no time-out. */
  timeout?: number;
  counters?: boolean;
  comment?: boolean;
}

/** An element of a set: `set` of a `list:set`, addresses and ports of the others. */
export interface SetEntrySpec {
  address?: Ipv4Address;
  /** Of `hash:net`: 1 to 32, default 32. */
  prefixLength?: number;
  protocol?: number;
  /** With ICMP: type * 256 + code. */
  port?: number;
  set?: string;
  /** Seconds; an error (EINVAL) for a set made without `timeout`. */
  timeout?: number;
  nomatch?: boolean;
  comment?: string;
}

/** `timeout` is what is left, in whole seconds. */
export interface SetEntryView extends SetEntrySpec, Partial<Counters> {}

export interface SetView extends SetSpec {
  hashSize: number;
  maxElements: number;
  /** Rules and lists that name the set. */
  references: number;
  entries: SetEntryView[];
}

// --- conntrack

/** One direction of a connection. ICMP queries have type, code and identifier instead of ports. */
export interface TupleView extends Counters {
  source: Ipv4Address;
  destination: Ipv4Address;
  sourcePort?: number;
  destinationPort?: number;
  icmp?: { type: number; code: number; id: number };
}

export type TcpConntrackState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE'
  | 'SYN_SENT2';

/** An entry of the connection table, as `conntrack -L` shows it. */
export interface ConntrackView {
  /** Counts from 1 in the order of creation; the kernel's is a hash. */
  id: number;
  protocol: number;
  /** Of TCP. */
  state?: TcpConntrackState;
  /** Whole seconds until it expires. */
  timeout: number;
  original: TupleView;
  reply: TupleView;
  /** Seen in both directions; without it `[UNREPLIED]`. */
  seenReply: boolean;
  assured: boolean;
  sourceNat: boolean;
  destinationNat: boolean;
  mark: number;
  zone: number;
}

/** What `conntrack -S` counts, over all processors. */
export interface ConntrackStatistics {
  entries: number;
  found: number;
  invalid: number;
  insert: number;
  insertFailed: number;
  drop: number;
  earlyDrop: number;
}

/** A line that LOG or NFLOG wrote. */
export interface LogEntry {
  /** Nanoseconds. */
  time: number;
  /** Of LOG: 0 to 7. */
  level?: number;
  /** Of NFLOG. */
  group?: number;
  /** As the kernel writes it, prefix included: `IN=eth0 OUT= MAC=... SRC=...`. */
  text: string;
}

/** A rule by its number, from 1, or by its text (the first one that is the same). */
export type RuleRef = number | RuleSpec;

/**
 * The control surface of netfilter: `namespace.netfilter`. It checks what the kernel checks and answers with
 * `ControlError`:
 *
 * - ENOENT: no such chain, target chain, rule or set
 * - EEXIST: the chain, set or entry is there already
 * - E2BIG: there are fewer rules than the number says
 * - EBUSY: the chain or set is referred to; ENOTEMPTY: the chain holds rules
 * - EMLINK: jumps would go in a circle, or more than 16 deep
 * - EINVAL: a target or match outside of its tables and hooks (`MASQUERADE` in filter, `REJECT` in nat), with other
 *   protocols than it has; a built-in chain is deleted or renamed; a policy of a user chain
 * - ENOSPC: a set is full
 */
export interface NetfilterControl {
  /** Built-in chains in the order of `BUILT_IN_CHAINS`, then the others by name. */
  chains(table: TableName): ChainView[];
  chain(table: TableName, chain: string): ChainView | undefined;
  /**
   * Tables that have been changed or have rules, in the order of `TABLE_NAMES`; `iptables-save` prints these. A rule or
   * chain that was added, a policy that was set or one chain that was flushed makes a table; listing, and flushing,
   * zeroing or deleting all of a table that is not there, do not.
   */
  tables(): TableName[];

  appendRule(table: TableName, chain: string, rule: RuleSpec, counters?: Counters): void;
  /** @param number the place of the new rule, from 1 (default) */
  insertRule(table: TableName, chain: string, rule: RuleSpec, number?: number, counters?: Counters): void;
  replaceRule(table: TableName, chain: string, number: number, rule: RuleSpec, counters?: Counters): void;
  deleteRule(table: TableName, chain: string, rule: RuleRef): void;
  /** `iptables -C`. */
  hasRule(table: TableName, chain: string, rule: RuleSpec): boolean;

  newChain(table: TableName, chain: string): void;
  /** Without a name all empty chains of users that nothing refers to. */
  deleteChain(table: TableName, chain?: string): void;
  renameChain(table: TableName, chain: string, newName: string): void;
  /** Without counters those that the policy has go back to 0. */
  setPolicy(table: TableName, chain: string, policy: Policy, counters?: Counters): void;
  flushChain(table: TableName, chain?: string): void;
  zeroCounters(table: TableName, chain?: string, number?: number): void;

  addSet(spec: SetSpec, mode?: 'create' | 'exist'): void;
  /** Without a name all sets; EBUSY and nothing done if one of them is referred to. */
  deleteSet(name?: string): void;
  renameSet(name: string, newName: string): void;
  swapSets(name: string, other: string): void;
  flushSet(name?: string): void;
  /** With `exist` an entry that is there is changed (its time-out) instead of refused. */
  addSetEntry(set: string, entry: SetEntrySpec, mode?: 'add' | 'exist'): void;
  /** With `exist` an entry that is not there is no error. */
  deleteSetEntry(set: string, entry: SetEntrySpec, mode?: 'delete' | 'exist'): void;
  /** `ipset test`. */
  testSetEntry(set: string, entry: SetEntrySpec): boolean;
  /** By name. */
  sets(): SetView[];
  set(name: string): SetView | undefined;

  /** In the order in which they were made. */
  conntrackEntries(): ConntrackView[];
  /** Deletes the entries that the function chooses; answers how many. */
  deleteConntrack(choose: (entry: ConntrackView) => boolean): number;
  flushConntrack(): void;
  conntrackStatistics(): ConntrackStatistics;

  /** What LOG and NFLOG wrote, oldest first; at most 10,000 lines are kept. */
  log(): readonly LogEntry[];
  clearLog(): void;
}
