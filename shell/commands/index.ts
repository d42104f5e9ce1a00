import type { Command } from '../command.ts';
import { NotSupported } from '../failure.ts';
import { arp } from './arp.ts';
import { bridge } from './bridge/index.ts';
import { cat } from './cat.ts';
import { conntrack } from './conntrack/index.ts';
import { echo } from './echo.ts';
import { ethtool } from './ethtool.ts';
import { ip } from './ip/index.ts';
import { ipset } from './ipset/index.ts';
import { iptables } from './iptables/index.ts';
import { iptablesRestore } from './iptables/restore.ts';
import { iptablesSave } from './iptables/save.ts';
import { netstat } from './netstat.ts';
import { ping } from './ping/index.ts';
import { route } from './route.ts';
import { ss } from './ss.ts';
import { sysctl } from './sysctl.ts';
import { tc } from './tc/tc.ts';
import { weave } from './weave/index.ts';

/** The two variants of iptables work on the same tables here; only their version texts differ. */
const NFT = 'v1.8.9 (nf_tables)';
const LEGACY = 'v1.8.9 (legacy)';

function unmodelled(name: string, mechanism: string): [string, Command] {
  return [
    name,
    () => {
      throw new NotSupported(name, mechanism);
    },
  ];
}

/** The programs that every simulated node has. A caller may add to a copy of it. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['arp', arp],
  ['bridge', bridge],
  ['cat', cat],
  ['echo', echo],
  ['ethtool', ethtool],
  ['false', () => 1],
  ['ip', ip],
  ['netstat', netstat],
  ['ping', ping],
  ['route', route],
  ['ss', ss],
  ['sysctl', sysctl],
  ['tc', tc],
  ['true', () => 0],
  [':', () => 0],
  ['weave', weave],
  ['conntrack', conntrack],
  ['ipset', ipset],
  ['iptables', iptables(NFT)],
  ['iptables-save', iptablesSave(NFT)],
  ['iptables-restore', iptablesRestore(NFT)],
  ['iptables-nft', iptables(NFT)],
  ['iptables-nft-save', iptablesSave(NFT)],
  ['iptables-nft-restore', iptablesRestore(NFT)],
  ['iptables-legacy', iptables(LEGACY)],
  ['iptables-legacy-save', iptablesSave(LEGACY)],
  ['iptables-legacy-restore', iptablesRestore(LEGACY)],
  unmodelled('ip6tables', 'IPv6'),
  unmodelled('nft', 'the language of nft'),
]);
