import type { AddressView, LinkView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { type Ipv4Prefix, prefixMask } from '../../../models/wire/ipv4-address.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, garbageArgument, invalidArgument } from '../iproute2/arguments.ts';
import { scopes } from '../iproute2/names.ts';
import type { Options } from '../iproute2/options.ts';
import { prefix } from '../iproute2/values.ts';

/** Which links and addresses `ip link show`, `ip addr show` and `ip addr flush` mean. */
export interface LinkSelection {
  family: Options['family'];
  device?: string;
  up: boolean;
  /** Name of a bridge whose ports are meant; null for links without a master. */
  master?: string | null;
  kind?: string;
  to?: Ipv4Prefix;
  scope?: number;
  /** A label, with `*`, `?` and `[...]` as in a shell pattern. */
  label?: string;
  secondary?: boolean;
  dynamic: boolean;
}

const UNMODELLED = ['tentative', 'deprecated', 'dadfailed', 'temporary', 'vrf', 'home', 'autojoin'];

/** @throws CommandFailure for words that are no selection, or a device that does not exist */
export function parseSelection(
  words: Arguments,
  namespace: NetworkNamespace,
  options: Options,
): LinkSelection {
  const selection: LinkSelection = { family: options.family, up: false, dynamic: false };
  while (!words.done) selectBy(selection, words, namespace);
  if (selection.device !== undefined && namespace.link(selection.device) === undefined) {
    throw new CommandFailure(`Device "${selection.device}" does not exist.\n`, 1);
  }
  return selection;
}

function selectBy(selection: LinkSelection, words: Arguments, namespace: NetworkNamespace): void {
  const word = words.next();
  if (word === 'to') {
    selection.to = prefix(words.next(), selection.family === 'inet' ? 'inet' : 'any');
    selection.family = 'inet';
  } else if (word === 'scope') selection.scope = scope(words.next());
  else if (word === 'up') selection.up = true;
  else if (word === 'dynamic') selection.dynamic = true;
  else if (word === 'permanent') selection.dynamic = false;
  else if (word === 'secondary' || word === 'primary') selection.secondary = word === 'secondary';
  else if (word === 'label') selection.label = words.next();
  else if (word === 'group') checkGroup(words.next());
  else if (word === 'master') selection.master = existing(words.next(), namespace);
  else if (word === 'nomaster') selection.master = null;
  else if (word === 'type') selection.kind = words.next();
  else if (UNMODELLED.includes(word)) throw new NotSupported('ip', `selecting by "${word}"`);
  else {
    const device = word === 'dev' ? words.next() : word;
    if (selection.device !== undefined) throw garbageArgument('dev', device);
    selection.device = device;
  }
}

function scope(word: string): number | undefined {
  if (word === 'all') return undefined;
  const number = scopes.number(word);
  if (number === undefined) throw invalidArgument('invalid "scope"\n', word);
  return number;
}

function checkGroup(word: string): void {
  if (word !== 'default' && word !== '0') throw new NotSupported('ip', 'a device group');
}

function existing(name: string, namespace: NetworkNamespace): string {
  if (namespace.link(name) === undefined) throw invalidArgument('Device does not exist\n', name);
  return name;
}

/** Whether a link is meant, its addresses apart. */
export function selectsLink(selection: LinkSelection, link: LinkView): boolean {
  const { device, master, kind } = selection;
  if (device !== undefined && link.name !== device) return false;
  if (selection.up && !link.up) return false;
  if (master !== undefined && (link.master ?? null) !== master) return false;
  return kind === undefined || kind === link.kind || (kind === 'bridge_slave' && link.master !== undefined);
}

/** Whether an address is meant. */
export function selectsAddress(selection: LinkSelection, address: AddressView): boolean {
  const { to, scope: wanted, label, secondary } = selection;
  if (selection.family !== 'any' && selection.family !== 'inet') return false;
  if (selection.dynamic) return false; // nothing has a lifetime here
  if (wanted !== undefined && address.scope !== wanted) return false;
  if (secondary !== undefined && address.secondary !== secondary) return false;
  if (label !== undefined && !shellPattern(label).test(address.label)) return false;
  return to === undefined || ((address.address ^ to.address) & prefixMask(to.length)) === 0;
}

/** Whether `ip addr` prints a link with these addresses: one without any only when no family is asked for. */
export function showsLink(selection: LinkSelection, link: LinkView): boolean {
  if (selection.family === 'link') return true;
  if (link.addresses.length === 0) return selection.family === 'any';
  return link.addresses.some((address) => selectsAddress(selection, address));
}

/** fnmatch(3) */
function shellPattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^${source.replaceAll('[!', '[^')}$`);
  } catch {
    return /^(?!)/; // an unclosed bracket matches nothing
  }
}
