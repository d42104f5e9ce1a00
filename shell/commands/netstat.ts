import type { LinkView } from '../../models/netns/control-types.ts';
import type { Command, CommandContext } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import { printRoutingTable } from './kernel-routing-table.ts';
import { printSockets } from './netstat-sockets.ts';

const LONG: Record<string, string> = {
  '--route': 'r',
  '--interfaces': 'i',
  '--statistics': 's',
  '--numeric': 'n',
  '--extend': 'e',
  '--wide': 'W',
  '--listening': 'l',
  '--all': 'a',
  '--programs': 'p',
  '--tcp': 't',
  '--udp': 'u',
};

/**
 * netstat(8) of net-tools 2.10: routes (`-r`), interfaces (`-i`) and sockets (`-n`, `-l`, `-a`, `-p`, `-t`,
 * `-u`).
 */
export const netstat: Command = (context, words) => {
  const letters = new Set(words.flatMap(lettersOf));
  if (letters.has('r')) {
    return printRoutingTable(context, {
      layout: letters.has('e') ? 'route' : 'netstat',
      numeric: letters.has('n'),
    });
  }
  if (letters.has('i')) return printInterfaces(context);
  if (letters.has('s')) throw new NotSupported('netstat', 'SNMP counters');
  return printSockets(context, letters);
};

function lettersOf(word: string): string[] {
  if (word.startsWith('--')) {
    const letter = LONG[word];
    if (letter === undefined) throw new NotSupported('netstat', word);
    return [letter];
  }
  const letters = [...word.replace(/^-/, '')];
  const unknown = letters.find((letter) => !'rinesWaptluxwvo46cFCN'.includes(letter));
  if (unknown !== undefined) throw new CommandFailure(`netstat: invalid option -- '${unknown}'\n`, 3);
  return letters;
}

function printInterfaces({ namespace, stdout }: CommandContext): number {
  stdout.write('Kernel Interface table\n');
  stdout.write('Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n');
  const links = namespace.links().filter(({ up }) => up);
  for (const link of links.sort((a, b) => byName(a.name, b.name))) stdout.write(interfaceLine(link));
  return 0;
}

/** The order of net-tools: by name, a number at the end by its value. */
function byName(a: string, b: string): number {
  const [stemA, stemB] = [a.replace(/\d+$/, ''), b.replace(/\d+$/, '')];
  if (stemA !== stemB) return stemA < stemB ? -1 : 1;
  return Number(a.slice(stemA.length)) - Number(b.slice(stemB.length));
}

function interfaceLine(link: LinkView): string {
  const { statistics } = link;
  const running = link.operState === 'UP' || link.operState === 'UNKNOWN';
  const flags = `${link.kind === 'loopback' ? 'L' : 'BM'}${running ? 'R' : ''}U`;
  const number = (value: number, width: number) => String(value).padStart(width);
  const { rxPackets, rxDropped, txPackets, txDropped } = statistics;
  const received = `${number(rxPackets, 8)} ${number(0, 6)} ${number(rxDropped, 6)} 0     `;
  const sent = `${number(txPackets, 8)} ${number(0, 6)} ${number(txDropped, 6)} ${number(0, 6)}`;
  return `${link.name.padEnd(15)} ${number(link.mtu, 5)} ${received} ${sent} ${flags}\n`;
}
