import { Ping } from '../../../models/traffic/ping.ts';
import { isMulticast } from '../../../models/wire/ipv4-address.ts';
import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { hostName } from '../../resolve-host.ts';
import { runProgram } from '../../run-program.ts';
import { findTarget, pingFailure } from './errors.ts';
import { parseOptions, type Settings } from './options.ts';

const VERSION = `ping from iputils 20221126
libcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes
`;

/** ping(8) of iputils 20221126, IPv4 */
export const ping: Command = (context, words) => {
  const settings = parseOptions(words, (text) => context.stderr.write(text));
  if (settings.version) {
    context.stdout.write(VERSION);
    return 0;
  }
  const target = settings.operands.at(-1);
  if (target === undefined) throw pingFailure('usage error: Destination address required', 1);
  if (settings.pattern !== undefined && !settings.quiet) context.stdout.write(patternLine(settings.pattern));
  const { address: to, numeric } = findTarget(context, target);
  const record = settings.record?.(context);
  // the privilege that a source route asks for has been given up by then
  if (settings.operands.length > 1 && record === undefined) {
    throw pingFailure('record route: Operation not permitted');
  }
  const device = findDevice(context, settings, isMulticast(to));
  if (settings.ttl === 0) throw pingFailure('cannot set unicast time-to-live: Invalid argument');
  const { device: _name, record: _choose, ...options } = settings;
  const program = new Ping(context.namespace, {
    ...options,
    to,
    target,
    ...(device === undefined ? {} : { device }),
    ...(record === undefined ? {} : { record }),
    nameOf: settings.numeric || numeric ? () => undefined : (address) => hostName(context.hosts, address),
  });
  return runProgram(context, program);
};

function patternLine(pattern: Uint8Array): string {
  const digits = [...pattern].map((byte) => byte.toString(16).padStart(2, '0'));
  return `PATTERN: 0x${digits.join('')}\n`;
}

function findDevice({ namespace }: CommandContext, { device }: Settings, group: boolean) {
  if (device === undefined) return undefined;
  const found = namespace.findInterface(device);
  if (found !== undefined) return found;
  if (device.includes(':')) throw new NotSupported('ping', 'IPv6');
  throw group
    ? pingFailure(`unknown iface: ${device}`)
    : new CommandFailure(`ping: SO_BINDTODEVICE ${device}: No such device\n`, 2);
}
