import type { BridgePortSpec } from '../../../models/netns/control-types.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, invalidArgument } from '../iproute2/arguments.ts';
import { onOff, parseInteger } from '../iproute2/values.ts';

type BooleanKey = {
  [Key in keyof BridgePortSpec]-?: BridgePortSpec[Key] extends boolean | undefined ? Key : never;
}[keyof BridgePortSpec];

/** The flags of a bridge port by their words in `ip link set ... type bridge_slave` and `bridge link set`. */
const FLAGS: ReadonlyMap<string, BooleanKey> = new Map([
  ['hairpin', 'hairpin'],
  ['learning', 'learning'],
  ['flood', 'flood'],
  ['mcast_flood', 'multicastFlood'],
  ['bcast_flood', 'broadcastFlood'],
  ['isolated', 'isolated'],
  ['neigh_suppress', 'neighSuppress'],
  ['guard', 'guard'],
  ['root_block', 'rootBlock'],
]);

const STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'] as const;

const UNMODELLED = [
  'fdb_flush',
  'fastleave',
  'proxy_arp',
  'proxy_arp_wifi',
  'mcast_router',
  'mcast_fast_leave',
  'mcast_to_unicast',
  'vlan_tunnel',
  'locked',
  'backup_port',
  'nobackup_port',
];

/** The words after `type bridge_slave`. */
export function bridgePortOptions(words: Arguments): BridgePortSpec {
  const options: BridgePortSpec = {};
  while (!words.done) {
    const word = words.next();
    if (readPortOption(options, word, words)) continue;
    if (word === 'group_fwd_mask') options.groupForwardMask = number(word, words.next(), 0xffff);
    else if (UNMODELLED.includes(word)) throw new NotSupported('bridge port', word);
    else throw new CommandFailure(`bridge_slave: unknown option "${word}"?\n`, 1);
  }
  return options;
}

/** Reads a word that both commands know, with its value; false when it is none. */
export function readPortOption(options: BridgePortSpec, word: string, words: Arguments): boolean {
  const flag = FLAGS.get(word);
  if (flag !== undefined) options[flag] = onOff(word, words.next());
  else if (word === 'cost') options.cost = number(word, words.next(), 0xffffffff);
  else if (word === 'priority') options.priority = number(word, words.next(), 0xffff);
  else if (word === 'state') options.state = state(words.next());
  else return false;
  return true;
}

function number(key: string, word: string, most: number): number {
  const value = parseInteger(word);
  if (value === undefined || value < 0 || value > most) throw invalidArgument(`invalid ${key}`, word);
  return value;
}

function state(word: string): BridgePortSpec['state'] {
  const named = STATES.find((name) => name === word.toLowerCase()) ?? STATES[parseInteger(word) ?? -1];
  if (named === undefined) throw new CommandFailure('Error: invalid STP port state\n', 255);
  return named;
}
