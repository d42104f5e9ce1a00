import type { Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import type { CommandContext } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { inetAton } from '../../inet-aton.ts';
import { resolveHost } from '../../resolve-host.ts';

/** error(3) as ping calls it. */
export function pingFailure(message: string, status = 2): CommandFailure {
  return new CommandFailure(`ping: ${message}\n`, status);
}

/**
 * What ping is to reach; `numeric` when it was given as an address, in which case no names are looked up.
 * @throws CommandFailure when there is no such name
 */
export function findTarget(
  { hosts }: CommandContext,
  target: string,
): { address: Ipv4Address; numeric: boolean } {
  const given = inetAton(target);
  if (given !== undefined) return { address: given, numeric: true };
  if (target.includes(':')) throw new NotSupported('ping', 'IPv6');
  const address = resolveHost(hosts, target);
  if (address === undefined) throw pingFailure(`${target}: Temporary failure in name resolution`);
  return { address, numeric: false };
}
