import { readIpv4, readUint32, writeUint32 } from '../wire/big-endian.ts';
import { formatIpv4, type Ipv4Address } from '../wire/ipv4-address.ts';
import { IP_OPTIONS_MAX, IpOption, TimestampFlag } from '../wire/ipv4-options.ts';

/** What ping asks hosts on the way to write into the packet: `-R`, `-T tsonly`, `-T tsandaddr`, `-T tsprespec`. */
export type PingRecord = 'route' | 'times' | 'timesAndAddresses' | { timesAt: readonly Ipv4Address[] };

/** The IPv4 options with which ping sends (its main function and `ping4_run`). */
export function pingIpOptions(record: PingRecord): Uint8Array {
  if (record === 'route') {
    const bytes = new Uint8Array(IP_OPTIONS_MAX);
    bytes.set([IpOption.noOperation, IpOption.recordRoute, IP_OPTIONS_MAX - 1, 4]);
    return bytes;
  }
  if (record === 'times') return timestampOption(IP_OPTIONS_MAX, TimestampFlag.timeOnly);
  if (record === 'timesAndAddresses') return timestampOption(36, TimestampFlag.timeAndAddress);
  const bytes = timestampOption(4 + 8 * record.timesAt.length, TimestampFlag.prespecified);
  record.timesAt.forEach((address, i) => {
    writeUint32(bytes, 4 + 8 * i, address);
  });
  return bytes;
}

function timestampOption(length: number, flag: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([IpOption.timestamp, length, 5, flag]);
  return bytes;
}

/** Prints the options of replies as ping of iputils does (`pr_options`), behind the line of the reply. */
export class PingOptionsPrinter {
  /** The record of the last reply: pointer and addresses, as far as ping compares them. */
  private lastRoute = '';

  print(options: Uint8Array): string {
    let text = '';
    for (let at = 0; at < options.length && options[at] !== IpOption.end; ) {
      if (options[at] === IpOption.noOperation) {
        text += '\nNOP';
        at++;
        continue;
      }
      const length = options[at + 1];
      if (!(length >= 2 && length <= options.length - at)) break;
      text += this.printOption(options.subarray(at, at + length));
      at += length;
    }
    return text;
  }

  private printOption(option: Uint8Array): string {
    switch (option[0]) {
      case IpOption.looseSourceRoute:
      case IpOption.strictSourceRoute: {
        const name = option[0] === IpOption.strictSourceRoute ? 'SSRR' : 'LSRR';
        return `\n${name}: ${addressLines(option, 3, option.length)}`;
      }
      case IpOption.recordRoute:
        return this.printRoute(option);
      case IpOption.timestamp:
        return printTimes(option);
      default:
        return `\nunknown option ${option[0].toString(16)}`;
    }
  }

  private printRoute(option: Uint8Array): string {
    const used = Math.min(option[2], option.length) - 4;
    if (used <= 0) return '';
    const route = option.slice(2, 2 + used).join(',');
    if (route === this.lastRoute) return '\t(same route)';
    this.lastRoute = route;
    return `\nRR: ${addressLines(option, 3, 3 + used)}`;
  }
}

function addressLines(option: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at + 4 <= option.length && at < to; at += 4) {
    text += `\t${formatIpv4(readIpv4(option, at))}\n`;
  }
  return text;
}

/** The first time absolute, the others as differences; those that are no milliseconds of UT are marked so. */
function printTimes(option: Uint8Array): string {
  const end = 4 + Math.min(option[2], option.length) - 5;
  const withAddresses = (option[3] & 3) !== TimestampFlag.timeOnly;
  let standard = 0;
  let nonStandard = 0;
  let text = '\nTS: ';
  if (end <= 4) return '';
  for (let at = 4; at < end; ) {
    if (withAddresses) {
      text += `\t${formatIpv4(readIpv4(option, at))}`;
      at += 4;
      if (at >= end) break;
    }
    const word = readUint32(option, at);
    const time = word & 0x7fffffff;
    if (word > 0x7fffffff) {
      text += nonStandard === 0 ? `\t${time} absolute not-standard` : `\t${time - nonStandard} not-standard`;
      nonStandard = time;
    } else {
      text += standard === 0 ? `\t${time} absolute` : `\t${time - standard}`;
      standard = time;
    }
    text += '\n';
    at += 4;
  }
  const unrecorded = option[3] >> 4;
  return unrecorded === 0 ? text : `${text}Unrecorded hops: ${unrecorded}\n`;
}
