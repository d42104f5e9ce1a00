import { CommandFailure } from '../../failure.ts';
import { type Arguments, usageError } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import type { IpContext } from './context.ts';
import { parseLinkArguments } from './link-arguments.ts';

/** `ip link del` */
export function deleteLink(context: IpContext, words: Arguments): number {
  const { device } = parseLinkArguments(words, context);
  if (device === undefined) throw usageError('Not enough information: "dev" argument is required.');
  const { namespace } = context;
  if (namespace.link(device) === undefined) throw new CommandFailure(`Cannot find device "${device}"\n`, 1);
  request(2, () => namespace.deleteLink(device));
  return 0;
}
