import type { AddressSpec, AddressView } from '../../../models/netns/control-types.ts';
import { formatIpv4, type Ipv4Prefix, prefixMask } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, garbageArgument, invalidArgument, matches } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import { scopes } from '../iproute2/names.ts';
import { address, prefix } from '../iproute2/values.ts';
import type { IpContext } from './context.ts';

const LONGEST_LABEL = 15;

interface AddressArguments {
  local?: Ipv4Prefix;
  /** The address as it was written. */
  localText?: string;
  broadcast?: string;
  scope?: number;
  label?: string;
  device?: string;
}

const UNMODELLED = ['peer', 'remote', 'metric', 'preference', 'priority', 'proto'];
const UNMODELLED_FLAGS = ['home', 'nodad', 'mngtmpaddr', 'noprefixroute', 'autojoin', 'optimistic'];

/** `ip addr add|replace|change`; the latter two leave an address alone that is there already. */
export function addAddress(context: IpContext, words: Arguments, mode: 'add' | 'replace'): number {
  const given = parse(words);
  const device = findDevice(context, given);
  const { local } = given;
  if (local === undefined) throw new CommandFailure('RTNETLINK answers: Operation not supported\n', 2);
  if ((given.label?.length ?? 0) > LONGEST_LABEL) {
    throw new CommandFailure('Error: Attribute failed policy validation.\n', 2);
  }
  const { namespace } = context;
  const present = namespace.link(device)!.addresses.some((other) => isSame(other, local));
  if (mode === 'replace' && present) return 0;
  const spec: AddressSpec = {
    address: local.address,
    prefixLength: local.length,
    broadcast: broadcast(given.broadcast, local),
    scope: given.scope as AddressSpec['scope'],
    label: given.label,
  };
  request(2, () => namespace.addAddress(device, spec));
  return 0;
}

/** `ip addr del`; without a prefix length any address that reads the same goes, with a warning. */
export function deleteAddress(context: IpContext, words: Arguments): number {
  const given = parse(words);
  const device = findDevice(context, given);
  const { local, localText, label } = given;
  if (local === undefined) throw new CommandFailure('RTNETLINK answers: Operation not supported\n', 2);
  const { namespace } = context;
  const wildcard = !localText!.includes('/');
  if (wildcard) context.stderr.write(wildcardWarning(localText!));
  const found = namespace
    .link(device)!
    .addresses.find(
      (other) =>
        (wildcard ? other.address === local.address : isSame(other, local)) &&
        (label === undefined || other.label === label),
    );
  const { address: target, prefixLength } = found ?? { address: local.address, prefixLength: local.length };
  request(2, () => namespace.deleteAddress(device, target, prefixLength));
  return 0;
}

function isSame(view: AddressView, local: Ipv4Prefix): boolean {
  return view.address === local.address && view.prefixLength === local.length;
}

function parse(words: Arguments): AddressArguments {
  const given: AddressArguments = {};
  while (!words.done) {
    const word = words.next();
    if (matches(word, 'broadcast') || word === 'brd') given.broadcast = words.next();
    else if (word === 'scope') given.scope = scope(words.next());
    else if (word === 'dev') given.device = words.next();
    else if (word === 'label') given.label = words.next();
    else if (word === 'valid_lft' || word === 'preferred_lft') lifetime(words.next());
    else if (UNMODELLED.includes(word)) throw new NotSupported('ip addr', `"${word}"`);
    else if (UNMODELLED_FLAGS.includes(word)) throw new NotSupported('ip addr', `"${word}"`);
    else {
      const text = word === 'local' ? words.next() : word;
      if (given.local !== undefined) throw garbageArgument('local', text);
      given.local = prefix(text);
      given.localText = text;
    }
  }
  return given;
}

function scope(word: string): number {
  const number = scopes.number(word);
  if (number === undefined) throw invalidArgument('invalid scope value.', word);
  return number;
}

function lifetime(word: string): void {
  if (word !== 'forever') throw new NotSupported('ip addr', 'an address lifetime');
}

/** `+` sets the host bits of the address; a network without room for a broadcast address gets none. */
function broadcast(word: string | undefined, local: Ipv4Prefix): number | undefined {
  if (word === undefined) return undefined;
  if (word !== '+' && word !== '-') return address(word, 'inet');
  if (local.length > 30) return undefined;
  const mask = prefixMask(local.length);
  return word === '+' ? local.address | ~mask : local.address & mask;
}

function findDevice(context: IpContext, { device }: AddressArguments): string {
  if (device === undefined) {
    throw new CommandFailure('Not enough information: "dev" argument is required.\n', 1);
  }
  if (context.namespace.link(device) === undefined) {
    throw new CommandFailure(`Cannot find device "${device}"\n`, 1);
  }
  return device;
}

function wildcardWarning(text: string): string {
  const full = `${formatIpv4(prefix(text).address)}/32`;
  return `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${full}) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`;
}
