import type { BridgeChange } from '../../../models/netns/control-types.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, invalidArgument } from '../iproute2/arguments.ts';
import { parseInteger } from '../iproute2/values.ts';

const CENTISECOND = 1e7;

/** What every bridge has here, as long as nothing else can be set: an option may repeat it. */
const FIXED: ReadonlyMap<string, number> = new Map([
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

/** Words whose value is a time in hundredths of a second. */
const TIMES: ReadonlyMap<string, 'ageing' | 'forwardDelay' | 'helloTime' | 'maxAge'> = new Map([
  ['ageing_time', 'ageing'],
  ['forward_delay', 'forwardDelay'],
  ['hello_time', 'helloTime'],
  ['max_age', 'maxAge'],
]);

const USAGE = `Usage: ... bridge [ forward_delay FORWARD_DELAY ]
		  [ hello_time HELLO_TIME ]
		  [ max_age MAX_AGE ]
		  [ ageing_time AGEING_TIME ]
		  [ stp_state STP_STATE ]
		  [ priority PRIORITY ]
		  [ group_fwd_mask MASK ]
		  [ no_linklocal_learn NO_LINKLOCAL_LEARN ]
		  [ vlan_filtering VLAN_FILTERING ]
		  [ vlan_protocol VLAN_PROTOCOL ]
		  [ vlan_default_pvid VLAN_DEFAULT_PVID ]
`;

/** The words after `type bridge`: times in hundredths of a second, switches 0 or 1. */
export function bridgeOptions(words: Arguments): BridgeChange {
  const options: BridgeChange = {};
  while (!words.done) {
    const word = words.next();
    const fixed = FIXED.get(word);
    const time = TIMES.get(word);
    if (time !== undefined) options[time] = number(word, words.next()) * CENTISECOND;
    else if (word === 'stp_state') options.stp = number(word, words.next()) !== 0;
    else if (word === 'priority') options.priority = number(word, words.next(), 0xffff);
    else if (word === 'group_fwd_mask') options.groupForwardMask = number(word, words.next(), 0xffff);
    else if (word === 'no_linklocal_learn') options.noLinkLocalLearn = number(word, words.next(), 255) !== 0;
    else if (word.startsWith('vlan_') && readVlanOption(options, word, words)) continue;
    else if (fixed !== undefined) {
      if (number(word, words.next()) !== fixed) throw new NotSupported('bridge', word);
    } else throw new CommandFailure(`bridge: unknown command "${word}"?\n${USAGE}`, 1);
  }
  return options;
}

function readVlanOption(options: BridgeChange, word: string, words: Arguments): boolean {
  if (word === 'vlan_filtering') options.vlanFiltering = number(word, words.next(), 255) !== 0;
  else if (word === 'vlan_default_pvid') options.vlanDefaultPvid = number(word, words.next(), 0xffff);
  else if (word === 'vlan_protocol') {
    const protocol = words.next().toLowerCase();
    if (protocol === '802.1ad') throw new NotSupported('bridge', 'vlan_protocol 802.1ad');
    if (protocol !== '802.1q') throw invalidArgument('invalid vlan_protocol', protocol);
  } else return false;
  return true;
}

function number(key: string, word: string, most = 0xffffffff): number {
  const value = parseInteger(word);
  if (value === undefined || value < 0 || value > most) throw invalidArgument(`invalid ${key}`, word);
  return value;
}
