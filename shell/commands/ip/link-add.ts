import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, matches, usageError } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import { bridgeOptions } from './bridge-options.ts';
import type { IpContext } from './context.ts';
import { type LinkArguments, parseLinkArguments } from './link-arguments.ts';
import { vxlanOptions } from './vxlan-options.ts';

const LONGEST_NAME = 15;
const KNOWN_KINDS = ['vlan', 'macvlan', 'ipvlan', 'dummy', 'bond', 'gre', 'ipip', 'wireguard', 'ifb', 'vrf'];

/** `ip link add` */
export function addLink(context: IpContext, words: Arguments): number {
  const given = parseLinkArguments(words, context);
  if (given.kind === undefined) {
    throw new CommandFailure('Not enough information: "type" argument is required\n', 1);
  }
  const home = given.netns ?? context.namespace;
  if (given.kind === 'bridge') {
    const options = bridgeOptions(words);
    const name = nameOf(given, home, 'bridge');
    request(2, () =>
      home.addBridge({ name, mac: given.mac, mtu: given.mtu, index: given.index, ...options }),
    );
    finish(home, name, given);
  } else if (given.kind === 'vxlan') {
    const options = vxlanOptions(context, words, true);
    const name = nameOf(given, home, 'vxlan');
    request(2, () => home.addVxlan({ name, mac: given.mac, mtu: given.mtu, ...options }));
    finish(home, name, given);
  } else if (given.kind === 'veth') addVeth(context, home, given, words);
  else if (KNOWN_KINDS.includes(given.kind)) throw new NotSupported('ip link add', given.kind);
  else throw new CommandFailure('Error: Unknown device type.\n', 2);
  return 0;
}

function addVeth(context: IpContext, home: NetworkNamespace, given: LinkArguments, words: Arguments): void {
  const peer = peerArguments(context, words);
  // the kernel opens the peer before it has joined the two ends
  if (peer.up === true)
    throw new CommandFailure('RTNETLINK answers: Transport endpoint is not connected\n', 2);
  const peerHome = peer.netns ?? home;
  // the kernel makes the peer first, so it also gets the first free name
  const peerName = nameOf(peer, peerHome, 'veth');
  const name = nameOf(given, home, 'veth', peerHome === home ? [peerName] : []);
  request(2, () =>
    home.addVeth({
      name,
      mac: given.mac,
      mtu: given.mtu,
      index: given.index,
      peer: { name: peerName, mac: peer.mac, mtu: peer.mtu, index: peer.index, namespace: peerHome },
    }),
  );
  finish(peerHome, peerName, peer);
  finish(home, name, given);
}

/** The rest of the line after `type veth`: nothing, or `peer` with link arguments of its own. */
function peerArguments(context: IpContext, words: Arguments): LinkArguments {
  if (words.done) return {};
  if (!matches(words.next(), 'peer')) {
    context.stdout.write('Usage: ip link <options> type veth [peer <options>]\n');
    context.stdout.write("To get <options> type 'ip link add help'\n");
    throw new CommandFailure('', 1);
  }
  return parseLinkArguments(words, context);
}

/** The name given, or the first free one that the kernel makes up: `veth0`, `bridge0`. */
function nameOf(given: LinkArguments, home: NetworkNamespace, stem: string, taken: string[] = []): string {
  if (given.name !== undefined && given.device !== undefined) {
    throw usageError('both "name" and "dev" cannot be used when creating devices.');
  }
  const name = given.name ?? given.device;
  if (name !== undefined) {
    if (name.length > LONGEST_NAME)
      throw new CommandFailure('Error: Attribute failed policy validation.\n', 2);
    return name;
  }
  let number = 0;
  while (home.link(`${stem}${number}`) !== undefined || taken.includes(`${stem}${number}`)) number++;
  return `${stem}${number}`;
}

/** What the kernel does after it has made the device. */
function finish(home: NetworkNamespace, name: string, { master, up }: LinkArguments): void {
  if (typeof master === 'string') request(2, () => home.setMaster(name, master));
  if (up === true) request(2, () => home.setLinkUp(name, true));
}
