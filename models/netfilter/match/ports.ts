import type { Packet } from '../../packet.ts';
import type { IcmpMatch, MultiportMatch, PortMatch, Range, TcpMatch, UdpMatch } from '../control-types.ts';
import type { Matcher } from './matcher.ts';
import { transportView } from './transport-view.ts';

const ANY_TYPE = 255;

export function isPortWithin(port: number, match: PortMatch | undefined): boolean {
  if (match === undefined) return true;
  return (port >= match.first && port <= match.last) !== (match.not === true);
}

/** `-m tcp` and `-m udp`. */
export class PortsMatcher implements Matcher {
  constructor(private readonly spec: TcpMatch | UdpMatch) {}

  test(packet: Packet): boolean {
    const { spec } = this;
    const view = transportView(packet);
    if (view === null) return false;
    if (!isPortWithin(view.sourcePort, spec.sourcePort)) return false;
    if (!isPortWithin(view.destinationPort, spec.destinationPort)) return false;
    if (spec.match === 'udp') return true;
    const { flags, option } = spec;
    if (flags !== undefined) {
      if (((view.flags & flags.mask) === flags.compare) === (flags.not === true)) return false;
    }
    return option === undefined || hasOption(packet, option.kind) !== (option.not === true);
  }
}

function hasOption(packet: Packet, kind: number): boolean {
  const options = packet.tcp?.options ?? new Uint8Array(0);
  for (let at = 0; at < options.length; ) {
    if (options[at] === kind) return true;
    if (options[at] < 2) at++;
    else if (options[at + 1] >= 2) at += options[at + 1];
    else return false;
  }
  return false;
}

/** `-m icmp`. */
export class IcmpMatcher implements Matcher {
  constructor(private readonly spec: IcmpMatch) {}

  test(packet: Packet): boolean {
    const { type, codes, not } = this.spec;
    const view = transportView(packet);
    if (view === null) return false;
    if (type === ANY_TYPE) return not !== true;
    const within = codes === undefined || (view.icmpCode >= codes.first && view.icmpCode <= codes.last);
    return (view.icmpType === type && within) !== (not === true);
  }
}

/** `-m multiport`. */
export class MultiportMatcher implements Matcher {
  constructor(private readonly spec: MultiportMatch) {}

  test(packet: Packet): boolean {
    const { side, ports, not } = this.spec;
    const view = transportView(packet);
    if (view === null) return false;
    const source = side !== 'destination' && isAmong(view.sourcePort, ports);
    const destination = side !== 'source' && isAmong(view.destinationPort, ports);
    return (source || destination) !== (not === true);
  }
}

function isAmong(port: number, ranges: readonly Range[]): boolean {
  for (const { first, last } of ranges) if (port >= first && port <= last) return true;
  return false;
}
