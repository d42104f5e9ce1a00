import { readIpv4, writeUint32 } from '../../wire/big-endian.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { IP_OPTIONS_MAX, IpOption, TimestampFlag } from '../../wire/ipv4-options.ts';

/** What a host knows of the options of one packet (Linux `struct ip_options`); offsets are into `bytes`, -1 for none. */
export class IpOptions {
  readonly bytes: Uint8Array;
  recordRoute = -1;
  timestamp = -1;
  sourceRoute = -1;
  strict = false;
  routerAlert = false;
  /** This host has its place in the record; the address is filled in when it is known by which way the packet leaves. */
  routeNeedsAddress = false;
  stampNeedsAddress = false;
  stampNeedsTime = false;
  /** An own packet with a source route goes here first. */
  firstHop: Ipv4Address = 0;
  /** The source route led to this host, and further to `nexthop`. */
  sourceRouteHit = false;
  nexthop: Ipv4Address = 0;
  /** As they came in: the header's checksum is still theirs until the packet is forwarded. Null once it is not. */
  received: Uint8Array | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Who goes through the options of a packet that came in, and writes in them. */
export interface OptionWriter {
  /** The address by which the packet's sender knows this host (Linux `fib_compute_spec_dst`). */
  address(): Ipv4Address;
  /** Milliseconds since midnight. */
  time(): number;
  /** Whether an address that the sender asks about is one of somebody else. */
  isForeign(address: Ipv4Address): boolean;
}

/**
 * Looks through options, finds what concerns this host and takes its place in records (Linux `ip_options_compile`).
 * @returns the place in `options.bytes` of what is wrong, or -1
 */
export function compileOptions(options: IpOptions, writer: OptionWriter): number {
  const { bytes } = options;
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at];
    if (kind === IpOption.end) {
      bytes.fill(IpOption.end, at);
      return -1;
    }
    if (kind === IpOption.noOperation) {
      at++;
      continue;
    }
    const rest = bytes.length - at;
    if (rest < 2) return at;
    const length = bytes[at + 1];
    if (length < 2 || length > rest) return at;
    const wrong = compileOption(options, at, length, writer);
    if (wrong >= 0) return wrong;
    at += length;
  }
  return -1;
}

function compileOption(options: IpOptions, at: number, length: number, writer: OptionWriter): number {
  switch (options.bytes[at]) {
    case IpOption.looseSourceRoute:
    case IpOption.strictSourceRoute:
      return compileSourceRoute(options, at, length);
    case IpOption.recordRoute:
      return compileRecordRoute(options, at, length, writer);
    case IpOption.timestamp:
      return compileTimestamp(options, at, length, writer);
    case IpOption.routerAlert:
      if (length < 4) return at + 1;
      if (options.bytes[at + 2] === 0 && options.bytes[at + 3] === 0) options.routerAlert = true;
      return -1;
    default:
      return -1;
  }
}

function compileSourceRoute(options: IpOptions, at: number, length: number): number {
  const { bytes } = options;
  if (length < 3) return at + 1;
  if (bytes[at + 2] < 4) return at + 2;
  // RFC 1812, 5.2.4.1: there is one at most
  if (options.sourceRoute >= 0) return at;
  options.strict = bytes[at] === IpOption.strictSourceRoute;
  options.sourceRoute = at;
  return -1;
}

function compileRecordRoute(options: IpOptions, at: number, length: number, writer: OptionWriter): number {
  const { bytes } = options;
  if (options.recordRoute >= 0) return at;
  if (length < 3) return at + 1;
  const pointer = bytes[at + 2];
  if (pointer < 4) return at + 2;
  if (pointer <= length) {
    if (pointer + 3 > length) return at + 2;
    writeUint32(bytes, at + pointer - 1, writer.address());
    bytes[at + 2] += 4;
    options.routeNeedsAddress = true;
  }
  options.recordRoute = at;
  return -1;
}

function compileTimestamp(options: IpOptions, at: number, length: number, writer: OptionWriter): number {
  const { bytes } = options;
  if (options.timestamp >= 0) return at;
  if (length < 4) return at + 1;
  const pointer = bytes[at + 2];
  if (pointer < 5) return at + 2;
  const flag = bytes[at + 3] & 0xf;
  if (pointer <= length) {
    const needed = flag === TimestampFlag.timeAndAddress || flag === TimestampFlag.prespecified ? 8 : 4;
    if (pointer + needed - 1 > length) return at + 2;
    stamp(options, at, pointer, flag, writer);
  } else if (flag !== TimestampFlag.prespecified) {
    const overflow = bytes[at + 3] >> 4;
    if (overflow === 15) return at + 3;
    bytes[at + 3] = flag | ((overflow + 1) << 4);
  }
  options.timestamp = at;
  return -1;
}

function stamp(options: IpOptions, at: number, pointer: number, flag: number, writer: OptionWriter): void {
  const { bytes } = options;
  const place = at + pointer - 1;
  switch (flag) {
    case TimestampFlag.timeOnly:
      writeUint32(bytes, place, writer.time());
      bytes[at + 2] += 4;
      break;
    case TimestampFlag.timeAndAddress:
      writeUint32(bytes, place, writer.address());
      writeUint32(bytes, place + 4, writer.time());
      options.stampNeedsAddress = true;
      bytes[at + 2] += 8;
      break;
    case TimestampFlag.prespecified:
      if (writer.isForeign(readIpv4(bytes, place))) return;
      writeUint32(bytes, place + 4, writer.time());
      bytes[at + 2] += 8;
      break;
    default:
      return;
  }
  options.stampNeedsTime = true;
}

/**
 * The options with which a packet is answered (Linux `ip_options_echo`): records are carried on, with room taken for
 * this host, and a source route is turned round. Null when nothing is to be carried.
 * @param source of the packet that is answered
 */
export function echoOptions(
  received: IpOptions,
  source: Ipv4Address,
  writer: Pick<OptionWriter, 'isForeign'>,
): IpOptions | null {
  const echo = new IpOptions(new Uint8Array(IP_OPTIONS_MAX));
  let length = 0;
  if (received.recordRoute >= 0) length = echoRecordRoute(received, echo, length);
  if (received.timestamp >= 0) length = echoTimestamp(received, echo, length, writer);
  if (received.sourceRoute >= 0) length = echoSourceRoute(received, echo, length, source);
  if (length === 0) return null;
  const cut = new IpOptions(echo.bytes.slice(0, (length + 3) & ~3));
  const { recordRoute, timestamp, sourceRoute, strict, firstHop } = echo;
  const { routeNeedsAddress, stampNeedsAddress, stampNeedsTime } = echo;
  const found = { recordRoute, timestamp, sourceRoute, strict, firstHop };
  return Object.assign(cut, found, { routeNeedsAddress, stampNeedsAddress, stampNeedsTime });
}

function copyOption(received: IpOptions, from: number, echo: IpOptions, to: number): number {
  const length = received.bytes[from + 1];
  echo.bytes.set(received.bytes.subarray(from, from + length), to);
  return length;
}

function echoRecordRoute(received: IpOptions, echo: IpOptions, to: number): number {
  const length = copyOption(received, received.recordRoute, echo, to);
  const pointer = echo.bytes[to + 2];
  echo.recordRoute = to;
  if (received.routeNeedsAddress && pointer + 3 <= length) {
    echo.bytes[to + 2] = pointer + 4;
    echo.routeNeedsAddress = true;
  }
  return to + length;
}

function echoTimestamp(
  received: IpOptions,
  echo: IpOptions,
  to: number,
  writer: Pick<OptionWriter, 'isForeign'>,
): number {
  const { bytes } = echo;
  const length = copyOption(received, received.timestamp, echo, to);
  echo.timestamp = to;
  let pointer = bytes[to + 2];
  if (pointer > length) return to + length;
  if (received.stampNeedsAddress && pointer + 3 <= length) {
    echo.stampNeedsAddress = true;
    pointer += 4;
  }
  if (received.stampNeedsTime && pointer + 3 <= length) {
    if ((bytes[to + 3] & 0xf) !== TimestampFlag.prespecified) {
      echo.stampNeedsTime = true;
      pointer += 4;
    } else if (pointer + 7 <= length && !writer.isForeign(readIpv4(bytes, to + pointer - 1))) {
      echo.stampNeedsTime = true;
      pointer += 8;
    }
  }
  bytes[to + 2] = pointer;
  return to + length;
}

/** The way back: the hops that were passed, the last one first. Of a way straight here nothing is left to say. */
function echoSourceRoute(received: IpOptions, echo: IpOptions, to: number, source: Ipv4Address): number {
  const start = received.sourceRoute;
  const length = received.bytes[start + 1];
  const pointer = Math.min(received.bytes[start + 2], length + 1);
  const hops: Ipv4Address[] = [];
  for (let at = pointer - 4; at > 3; at -= 4) hops.push(readIpv4(received.bytes, start + at - 1));
  if (hops.length === 0) return to;
  // RFC 1812, 5.2.4.1: a sender that put itself into the route
  const listed = hops[hops.length - 1] === source ? hops.length - 1 : hops.length;
  if (listed === 0) return to;
  echo.firstHop = hops[0];
  echo.sourceRoute = to;
  echo.strict = received.strict;
  echo.bytes[to] = received.bytes[start];
  echo.bytes[to + 1] = 3 + 4 * listed;
  echo.bytes[to + 2] = 4;
  for (let i = 1; i < listed; i++) writeUint32(echo.bytes, to + 4 * i - 1, hops[i]);
  return to + 3 + 4 * listed;
}
