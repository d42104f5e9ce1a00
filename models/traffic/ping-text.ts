import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import { IcmpType, UnreachableCode } from '../wire/icmp.ts';

/** The time of a reply in milliseconds, with fewer decimals the longer it took (`gather_statistics`). */
export function printTime(microseconds: number): string {
  const decimals = microseconds >= 99_950 ? 0 : microseconds >= 9_995 ? 1 : microseconds >= 1_000 ? 2 : 3;
  const unit = 10 ** (3 - decimals);
  return (Math.round(microseconds / unit) / 10 ** decimals).toFixed(decimals);
}

/** What ping says of an ICMP error (`pr_icmph`). */
export function describeError(quote: IcmpQuote): string {
  switch (quote.type) {
    case IcmpType.destinationUnreachable:
      return describeUnreachable(quote);
    case IcmpType.timeExceeded:
      return quote.code === 0 ? 'Time to live exceeded' : 'Frag reassembly time exceeded';
    case IcmpType.parameterProblem:
      return `Parameter problem: pointer = ${quote.word >>> 24}`;
    default:
      return `Bad ICMP type: ${quote.type}`;
  }
}

/** By code; RFC 792, RFC 1122 (3.2.2.1) and RFC 1812 (5.2.7.1). */
const UNREACHABLE = [
  'Destination Net Unreachable',
  'Destination Host Unreachable',
  'Destination Protocol Unreachable',
  'Destination Port Unreachable',
  'Frag needed and DF set',
  'Source Route Failed',
  'Destination Net Unknown',
  'Destination Host Unknown',
  'Source Host Isolated',
  'Destination Net Prohibited',
  'Destination Host Prohibited',
  'Destination Net Unreachable for Type of Service',
  'Destination Host Unreachable for Type of Service',
  'Packet filtered',
  'Precedence Violation',
  'Precedence Cutoff',
];

function describeUnreachable({ code, word }: IcmpQuote): string {
  const text = UNREACHABLE[code] ?? `Dest Unreachable, Bad Code: ${code}`;
  return code === UnreachableCode.fragmentationNeeded ? `${text} (mtu = ${word & 0xffff})` : text;
}
