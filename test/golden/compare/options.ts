/** What to leave out of the comparison and what to add to it. */
export interface CompareOptions {
  /** Ports in this range are compared by their order of appearance only. */
  ephemeralPorts: { low: number; high: number };
  /** Ports that are compared as they are even inside the ephemeral range. */
  keptPorts: readonly number[];
  /** Compare unicast MAC addresses by their order of appearance only. */
  maskMac: boolean;
  /** Also compare whether the IP identification is zero. */
  ipIdZero: boolean;
  /** Fields or layers that are not compared, see `matchesPattern`. */
  ignore: readonly string[];
  /** Frames for which every field of one of these rules has the given text are left out. */
  skip: readonly (readonly FieldCondition[])[];
  /** Seconds by which the well-known timers may differ; undefined: times are not compared. */
  timing: number | undefined;
  /** Seconds within which frames may come in another order. */
  window: number;
  /** Frames that the candidate has at the same instant keep their order all the same. */
  keepInstants: boolean;
  /** Compare as multisets: order does not matter at all. */
  unordered: boolean;
  /** Put frames in the order of their time stamps first: a multi-CPU kernel does not always write them so. */
  sort: boolean;
  /** A bad checksum on either side is a difference. */
  checksums: boolean;
  /** Report every difference, not only the first. */
  all: boolean;
}

export interface FieldCondition {
  field: string;
  value: string;
}

/** The range that Linux draws local ports from (net.ipv4.ip_local_port_range). */
export const LINUX_EPHEMERAL_PORTS = { low: 32768, high: 60999 };

export const DEFAULT_OPTIONS: CompareOptions = {
  ephemeralPorts: LINUX_EPHEMERAL_PORTS,
  keptPorts: [],
  maskMac: false,
  ipIdZero: false,
  ignore: [],
  skip: [],
  timing: undefined,
  window: 0,
  keepInstants: false,
  unordered: false,
  sort: true,
  checksums: true,
  all: false,
};

/** What a case says about how it can be compared (`compare_hints` of case.json). */
export interface CompareHints {
  /** Ephemeral ports, `LOW-HIGH`. */
  eph?: string;
  mask_mac?: boolean;
  ignore?: string[];
  /** Not comparable frame by frame. */
  skip_frames?: boolean;
}

/** Adds a case's hints to the options given; a port range that was asked for explicitly stays. */
export function applyHints(options: CompareOptions, hints: CompareHints): CompareOptions {
  const { low, high } = options.ephemeralPorts;
  const isDefault = low === LINUX_EPHEMERAL_PORTS.low && high === LINUX_EPHEMERAL_PORTS.high;
  return {
    ...options,
    ephemeralPorts: hints.eph !== undefined && isDefault ? parsePortRange(hints.eph) : options.ephemeralPorts,
    maskMac: options.maskMac || hints.mask_mac === true,
    ignore: [...options.ignore, ...(hints.ignore ?? [])],
  };
}

/** Parses `LOW-HIGH`; throws RangeError when it is anything else. */
export function parsePortRange(text: string): { low: number; high: number } {
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a port range such as 32768-60999`);
  return { low: Number(match[1]), high: Number(match[2]) };
}

/** Parses `FIELD=VALUE[,FIELD=VALUE]`; throws RangeError when a condition has no `=`. */
export function parseSkipRule(text: string): FieldCondition[] {
  return text.split(',').map((condition) => {
    const equals = condition.indexOf('=');
    if (equals < 0) throw new RangeError(`"${condition}" is not a condition such as arp.op=1`);
    return { field: condition.slice(0, equals), value: condition.slice(equals + 1) };
  });
}
