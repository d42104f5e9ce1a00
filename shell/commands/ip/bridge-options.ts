import type { BridgeSpec } from '../../../models/netns/control-types.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, invalidArgument } from '../iproute2/arguments.ts';
import { parseInteger } from '../iproute2/values.ts';

const CENTISECOND = 1e7;

/** What every bridge has here, as long as nothing else can be set: an option may repeat it. */
const FIXED: ReadonlyMap<string, number> = new Map([
  ['forward_delay', 1500],
  ['hello_time', 200],
  ['max_age', 2000],
  ['priority', 32768],
  ['group_fwd_mask', 0],
  ['no_linklocal_learn', 0],
  ['vlan_filtering', 0],
  ['vlan_default_pvid', 1],
  ['vlan_stats_enabled', 0],
  ['vlan_stats_per_port', 0],
  ['mcast_snooping', 0],
  ['mcast_vlan_snooping', 0],
  ['mcast_querier', 0],
  ['mcast_query_use_ifaddr', 0],
  ['mcast_stats_enabled', 0],
  ['nf_call_iptables', 0],
  ['nf_call_ip6tables', 0],
  ['nf_call_arptables', 0],
]);

const USAGE = 'Usage: ... bridge [ ageing_time AGEING_TIME ] [ stp_state STP_STATE ]\n';

/** The words after `type bridge`: `ageing_time` in hundredths of a second, `stp_state` 0 or 1. */
export function bridgeOptions(words: Arguments): Pick<BridgeSpec, 'ageing' | 'stp'> {
  const options: Pick<BridgeSpec, 'ageing' | 'stp'> = {};
  while (!words.done) {
    const word = words.next();
    const fixed = FIXED.get(word);
    if (word === 'ageing_time') options.ageing = number(word, words.next()) * CENTISECOND;
    else if (word === 'stp_state') options.stp = number(word, words.next()) !== 0;
    else if (fixed !== undefined) {
      if (number(word, words.next()) !== fixed) throw new NotSupported('bridge', word);
    } else throw new CommandFailure(`bridge: unknown command "${word}"?\n${USAGE}`, 1);
  }
  return options;
}

function number(key: string, word: string): number {
  const value = parseInteger(word);
  if (value === undefined || value < 0 || value > 0xffffffff) throw invalidArgument(`invalid ${key}`, word);
  return value;
}
