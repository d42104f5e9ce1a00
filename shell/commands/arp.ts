import { ControlError } from '../../models/netns/control-error.ts';
import type { NeighbourView } from '../../models/netns/control-types.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import { formatMac, parseMac } from '../../models/wire/mac-address.ts';
import type { Command, CommandContext } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import { hostName, resolveHost } from '../resolve-host.ts';

const HEADING = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n';
const USAGE = `Usage:
  arp [-vn] [-i <if>] [-a] [-e] [<hostname>]     <-Display ARP cache
  arp [-v]  [-i <if>] -d  <host>                 <-Delete ARP entry
  arp [-v]  [-i <if>] -s  <host> <hwaddr> [temp] <-Add entry
`;

interface Options {
  numeric: boolean;
  /** The layout of BSD (`-a`) instead of the table. */
  bsd: boolean;
  device?: string;
  action: 'show' | 'delete' | 'set';
  words: string[];
}

/** arp(8) of net-tools 2.10 */
export const arp: Command = (context, words) => {
  const options = parse(words);
  if (options.action === 'delete') return remove(context, options);
  if (options.action === 'set') return set(context, options);
  return show(context, options);
};

function parse(words: readonly string[]): Options {
  const options: Options = { numeric: false, bsd: false, action: 'show', words: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!/^-./.test(word)) options.words.push(word);
    else if (word === '-i' || word === '--device') options.device = words[++at];
    else for (const letter of lettersOf(word)) setOption(options, letter);
  }
  return options;
}

function lettersOf(word: string): string {
  if (!word.startsWith('--')) return word.slice(1);
  const long: Record<string, string> = { '--numeric': 'n', '--delete': 'd', '--set': 's', '--verbose': 'v' };
  return long[word] ?? '?';
}

function setOption(options: Options, letter: string): void {
  if (letter === 'n') options.numeric = true;
  else if (letter === 'a') options.bsd = true;
  else if (letter === 'd') options.action = 'delete';
  else if (letter === 's') options.action = 'set';
  else if ('DfHtAp'.includes(letter)) throw new NotSupported('arp', `-${letter}`);
  else if (letter !== 'e' && letter !== 'v') {
    throw new CommandFailure(`arp: invalid option -- '${letter}'\n${USAGE}`, 3);
  }
}

function show(context: CommandContext, options: Options): number {
  const [host] = options.words;
  const address = host === undefined ? undefined : lookUp(context, host);
  // /proc/net/arp has everything but what needs no resolution
  const all = context.namespace.neighbours().filter(({ state }) => state !== 'noarp');
  const found = all.filter(
    (neighbour) =>
      (address === undefined || neighbour.address === address) &&
      (options.device === undefined || neighbour.dev === options.device),
  );
  if (options.bsd) for (const neighbour of found) context.stdout.write(bsdLine(context, options, neighbour));
  else if (found.length > 0) {
    context.stdout.write(HEADING);
    for (const neighbour of found) context.stdout.write(tableLine(context, options, neighbour));
  }
  if (found.length > 0) return 0;
  if (address !== undefined) context.stdout.write(`${host} (${formatIpv4(address)}) -- no entry\n`);
  else if (options.device !== undefined) {
    context.stdout.write(`arp: in ${all.length} entries no match found.\n`);
  }
  return 0;
}

function tableLine(context: CommandContext, options: Options, neighbour: NeighbourView): string {
  const complete = neighbour.mac !== undefined && neighbour.state !== 'failed';
  const name = nameOf(context, options, neighbour.address) ?? formatIpv4(neighbour.address);
  const flags = complete ? `C${neighbour.state === 'permanent' ? 'M' : ''}` : '';
  const hardware = complete ? formatMac(neighbour.mac!) : '(incomplete)';
  const type = complete ? 'ether' : '';
  const start = `${name.slice(0, 23).padEnd(25)}${type.padEnd(8)}${hardware.padEnd(20)}`;
  return `${start}${flags.padEnd(22)}${neighbour.dev}\n`;
}

function bsdLine(context: CommandContext, options: Options, neighbour: NeighbourView): string {
  const complete = neighbour.mac !== undefined && neighbour.state !== 'failed';
  const name = nameOf(context, options, neighbour.address) ?? '?';
  const hardware = complete ? `${formatMac(neighbour.mac!)} [ether]` : '<incomplete>';
  const permanent = neighbour.state === 'permanent' ? ' PERM' : '';
  return `${name} (${formatIpv4(neighbour.address)}) at ${hardware}${permanent} on ${neighbour.dev}\n`;
}

function nameOf({ hosts }: CommandContext, { numeric }: Options, address: Ipv4Address): string | undefined {
  return numeric ? undefined : hostName(hosts, address);
}

/** @throws CommandFailure with the status of a name that nobody knows */
function lookUp({ hosts }: CommandContext, host: string): Ipv4Address {
  const address = resolveHost(hosts, host);
  if (address === undefined) throw new CommandFailure(`${host}: Host name lookup failure\n`, 255);
  return address;
}

function remove(context: CommandContext, options: Options): number {
  const [host] = options.words;
  if (host === undefined) throw new CommandFailure('arp: need host name\n', 255);
  const address = lookUp(context, host);
  const found = context.namespace
    .neighbours()
    .find(
      (neighbour) =>
        neighbour.address === address && (options.device === undefined || neighbour.dev === options.device),
    );
  if (found === undefined) {
    context.stdout.write(`No ARP entry for ${host}\n`);
    return 255;
  }
  context.namespace.deleteNeighbour(address, found.dev);
  return 0;
}

/** The device is the one that leads to the host (Linux `arp_req_set`). */
function set(context: CommandContext, { words, device }: Options): number {
  const [host, hardware, ...flags] = words;
  if (host === undefined) throw new CommandFailure('arp: need host name\n', 255);
  const address = lookUp(context, host);
  if (hardware === undefined) throw new CommandFailure('arp: need hardware address\n', 255);
  const mac = parseMac(hardware);
  if (mac === undefined) throw new CommandFailure('arp: invalid hardware address\n', 255);
  for (const flag of flags) if (flag !== 'temp') throw new NotSupported('arp', `"${flag}"`);
  const { namespace } = context;
  try {
    const dev = device ?? namespace.getRoute(address).dev;
    const state = flags.includes('temp') ? 'stale' : 'permanent';
    namespace.setNeighbour({ address, dev, mac, state }, 'replace');
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    throw new CommandFailure('SIOCSARP: Network is unreachable\n', 255);
  }
  return 0;
}
