import type { BridgePortSpec } from '../../../models/netns/control-types.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { onOff } from '../iproute2/values.ts';

/** The flags of a bridge port by their words in `ip link set ... type bridge_slave` and `bridge link set`. */
export const PORT_FLAGS: ReadonlyMap<string, keyof BridgePortSpec> = new Map([
  ['hairpin', 'hairpin'],
  ['learning', 'learning'],
  ['flood', 'flood'],
  ['mcast_flood', 'multicastFlood'],
  ['bcast_flood', 'broadcastFlood'],
  ['isolated', 'isolated'],
]);

const UNMODELLED = [
  'fdb_flush',
  'state',
  'priority',
  'cost',
  'guard',
  'root_block',
  'fastleave',
  'proxy_arp',
  'proxy_arp_wifi',
  'mcast_router',
  'mcast_fast_leave',
  'mcast_to_unicast',
  'neigh_suppress',
  'group_fwd_mask',
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
    const flag = PORT_FLAGS.get(word);
    if (flag !== undefined) options[flag] = onOff(word, words.next());
    else if (UNMODELLED.includes(word)) throw new NotSupported('bridge port', word);
    else throw new CommandFailure(`bridge_slave: unknown option "${word}"?\n`, 1);
  }
  return options;
}
