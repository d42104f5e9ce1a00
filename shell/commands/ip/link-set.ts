import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, usageError } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import { bridgeOptions } from './bridge-options.ts';
import { bridgePortOptions } from './bridge-port-options.ts';
import type { IpContext } from './context.ts';
import { type LinkArguments, parseLinkArguments } from './link-arguments.ts';
import { vxlanOptions } from './vxlan-options.ts';

/** `ip link set`: the changes are made in the kernel's order (do_setlink), not in that of the words. */
export function setLink(context: IpContext, words: Arguments): number {
  const given = parseLinkArguments(words, context);
  const { device } = given;
  if (given.index !== undefined) {
    if (given.netns !== undefined) throw new NotSupported('ip link set', '"index"');
    const text = 'index can be used only when creating devices or when moving device to another netns.\n';
    throw new CommandFailure(text, 255);
  }
  if (device === undefined) throw usageError('Not enough information: "dev" argument is required.');
  if (context.namespace.link(device) === undefined) {
    throw new CommandFailure(`Cannot find device "${device}"\n`, 1);
  }
  const setKind = kindOptions(context, device, given.kind, words);
  request(2, () => {
    setKind();
    apply(context, device, given);
  });
  return 0;
}

/** `type bridge ...`, `type bridge_slave ...` and `type vxlan ...`: what is to be set once the line has been read. */
function kindOptions(
  context: IpContext,
  device: string,
  kind: string | undefined,
  words: Arguments,
): () => void {
  const { namespace } = context;
  if (kind === undefined) return () => {};
  if (kind === 'vxlan') {
    const options = vxlanOptions(context, words, false);
    return () => namespace.setVxlan(device, options);
  }
  if (kind === 'bridge') {
    const options = bridgeOptions(words);
    return () => namespace.setBridge(device, options);
  }
  if (kind !== 'bridge_slave') throw new NotSupported('ip link set', `type ${kind}`);
  const options = bridgePortOptions(words);
  if (namespace.link(device)!.bridgePort === undefined) {
    throw new CommandFailure('RTNETLINK answers: Operation not supported\n', 2);
  }
  return () => namespace.setBridgePort(device, options);
}

function apply({ namespace }: IpContext, device: string, given: LinkArguments): void {
  const home = given.netns ?? namespace;
  if (home !== namespace) namespace.moveLink(device, home);
  if (given.mac !== undefined) home.setMac(device, given.mac);
  if (given.mtu !== undefined) home.setMtu(device, given.mtu);
  const name = given.name ?? device;
  if (name !== device) home.renameLink(device, name);
  if (given.master !== undefined) home.setMaster(name, given.master ?? undefined);
  if (given.up !== undefined) home.setLinkUp(name, given.up);
}
