import type { Command } from '../command.ts';
import { arp } from './arp.ts';
import { bridge } from './bridge/index.ts';
import { cat } from './cat.ts';
import { echo } from './echo.ts';
import { ethtool } from './ethtool.ts';
import { ip } from './ip/index.ts';
import { netfilterProgram } from './iptables.ts';
import { netstat } from './netstat.ts';
import { route } from './route.ts';
import { ss } from './ss.ts';
import { sysctl } from './sysctl.ts';
import { tc } from './tc.ts';

const NETFILTER = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'nft', 'ipset', 'conntrack'];

/** The programs that every simulated node has. A caller may add to a copy of it (ping, traceroute). */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['arp', arp],
  ['bridge', bridge],
  ['cat', cat],
  ['echo', echo],
  ['ethtool', ethtool],
  ['false', () => 1],
  ['ip', ip],
  ['netstat', netstat],
  ['route', route],
  ['ss', ss],
  ['sysctl', sysctl],
  ['tc', tc],
  ['true', () => 0],
  [':', () => 0],
  ...NETFILTER.map((name): [string, Command] => [name, netfilterProgram(name)]),
]);
