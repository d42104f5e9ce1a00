import type { VlanSpec } from '../../../models/netns/bridge/vlan-control.ts';
import { NotSupported } from '../../failure.ts';
import { type Arguments, usageError } from '../iproute2/arguments.ts';

/** So many VLANs fit into twelve bits. */
const VLAN_COUNT = 4096;

/** atoi(3): what is no number is 0. */
export function vlanNumber(word: string): number {
  const value = Number.parseInt(word, 10);
  return Number.isNaN(value) ? 0 : value;
}

const UNMODELLED = ['tunnel_info', 'state', 'mcast_router'];

/** The words of `bridge vlan add` and `del`; as bridge(8) does, it passes over those that it does not know. */
export function parseVlan(words: Arguments): VlanSpec {
  const spec: Partial<VlanSpec> = {};
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') spec.dev = words.next();
    else if (word === 'vid') readRange(spec, words.next());
    else if (word === 'self' || word === 'master' || word === 'pvid' || word === 'untagged')
      spec[word] = true;
    else if (UNMODELLED.includes(word)) throw new NotSupported('bridge vlan', `"${word}"`);
  }
  const { dev, vlan } = spec;
  if (dev === undefined || vlan === undefined) {
    throw usageError('Device and VLAN ID are required arguments.');
  }
  return { ...spec, dev, vlan };
}

function readRange(spec: Partial<VlanSpec>, word: string): void {
  const [first, last] = word.split('-', 2);
  spec.vlan = vlanNumber(first);
  spec.last = last === undefined ? undefined : vlanNumber(last);
}

/** What bridge(8) refuses before it asks the kernel. */
export function checkVlan({ vlan, last, pvid }: VlanSpec): void {
  if (vlan >= VLAN_COUNT) throw usageError(`Invalid VLAN ID "${vlan}"`);
  if (last === undefined) return;
  if (last >= VLAN_COUNT || vlan >= last) throw usageError(`Invalid VLAN range "${vlan}-${last}"`);
  if (pvid) throw usageError('pvid cannot be configured for a vlan range');
}
