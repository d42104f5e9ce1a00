import { congestionControlNamed } from '../../models/transport/tcp/congestion-controls.ts';
import type { TcpListener } from '../../models/transport/tcp/tcp-listener.ts';
import { TcpState } from '../../models/transport/tcp/tcp-state.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { Command, CommandContext } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';
import { listenerInfo, tcpInfo } from './ss-info.ts';

const LONG: Record<string, string> = {
  '--numeric': 'n',
  '--all': 'a',
  '--listening': 'l',
  '--processes': 'p',
  '--tcp': 't',
  '--udp': 'u',
  '--ipv4': '4',
  '--no-header': 'H',
  '--info': 'i',
  '--options': 'o',
};
const KNOWN = 'nalptu4Hio';
/** Options of ss that the simulated one does not have. */
const NOT_HERE = 'remKsEbZNMOFwxdf0SAD6VQBTW';

const STATE_NAMES: Record<TcpState, string> = {
  [TcpState.established]: 'ESTAB',
  [TcpState.synSent]: 'SYN-SENT',
  [TcpState.synReceived]: 'SYN-RECV',
  [TcpState.finWait1]: 'FIN-WAIT-1',
  [TcpState.finWait2]: 'FIN-WAIT-2',
  [TcpState.timeWait]: 'TIME-WAIT',
  [TcpState.closed]: 'UNCONN',
  [TcpState.closeWait]: 'CLOSE-WAIT',
  [TcpState.lastAck]: 'LAST-ACK',
  [TcpState.listen]: 'LISTEN',
  [TcpState.closing]: 'CLOSING',
};

interface Row {
  protocol: 'tcp' | 'udp';
  state: TcpState;
  receiveQueue: number;
  sendQueue: number;
  local: Ipv4Address;
  localPort: number;
  remote: Ipv4Address;
  remotePort: number;
  owner: string;
  /** What `-i` adds. */
  info: (options: boolean) => string;
}

/** A column of the table: each is as wide as its widest cell, `gap` stands before it. */
interface Column {
  title: string;
  gap: string;
  right?: boolean;
  cell: (row: Row) => string;
}

/** ss(8) of iproute2 6.1: TCP and UDP sockets (`-t`, `-u`, `-a`, `-l`, `-p`, `-n`, `-i`), addresses always as numbers. */
export const ss: Command = (context, words) => {
  const filter = words.findIndex((word) => !word.startsWith('-'));
  const letters = new Set((filter < 0 ? words : words.slice(0, filter)).flatMap(lettersOf));
  const passes = filter < 0 ? () => true : portFilter(words.slice(filter));
  const both = letters.has('t') === letters.has('u');
  const rows = [
    ...(both || letters.has('u') ? udpRows(context.namespace) : []),
    ...(both || letters.has('t') ? tcpRows(context.namespace) : []),
  ].filter((row) => isWanted(row, letters) && passes(row));
  const columns = both ? [NETID, ...COLUMNS] : COLUMNS;
  context.stdout.write(render(columns, rows, letters));
  return 0;
};

function lettersOf(word: string): string[] {
  if (word.startsWith('--')) {
    const letter = LONG[word];
    if (letter === undefined) throw new NotSupported('ss', word);
    return [letter];
  }
  return [...word.slice(1)].map((letter) => {
    if (NOT_HERE.includes(letter)) throw new NotSupported('ss', `-${letter}`);
    if (!KNOWN.includes(letter)) throw new CommandFailure(`ss: invalid option -- '${letter}'\n`, 255);
    return letter;
  });
}

/** `dport = 5001 and sport = :80`: ports alone are looked at. */
function portFilter(words: readonly string[]): (row: Row) => boolean {
  const text = words.join(' ');
  const tests = text.split(/ +and +/).map((part) => {
    const match = /^([ds])port *(=|==|eq) *:?(\d+)$/.exec(part.trim());
    if (match === null) throw new NotSupported('ss', `filter ${part.trim()}`);
    const port = Number(match[3]);
    return match[1] === 'd' ? (row: Row) => row.remotePort === port : (row: Row) => row.localPort === port;
  });
  return (row) => tests.every((test) => test(row));
}

function controlOf({ options, namespace }: TcpListener): string {
  return congestionControlNamed(options.congestionControl ?? '', namespace).name;
}

/** Without `-a` only connections, with `-l` only those that wait for some. */
function isWanted({ state }: Row, letters: ReadonlySet<string>): boolean {
  if (letters.has('a')) return true;
  const waits = state === TcpState.listen || state === TcpState.closed;
  if (letters.has('l')) return waits;
  return !waits && state !== TcpState.timeWait && state !== TcpState.synReceived;
}

function tcpRows(namespace: CommandContext['namespace']): Row[] {
  if (!namespace.hasTcpSockets) return [];
  const listeners = namespace.tcp.listeners().map(
    (listener): Row => ({
      protocol: 'tcp',
      state: TcpState.listen,
      receiveQueue: listener.waitingCount,
      sendQueue: listener.backlog,
      local: listener.localAddress,
      localPort: listener.localPort,
      remote: 0,
      remotePort: 0,
      owner: listener.options.owner ?? '',
      info: () => listenerInfo(controlOf(listener)),
    }),
  );
  const connections = namespace.tcp.connections().map(
    (connection): Row => ({
      protocol: 'tcp',
      state: connection.state,
      receiveQueue: connection.receiveQueued,
      sendQueue: connection.sendQueued,
      local: connection.localAddress,
      localPort: connection.localPort,
      remote: connection.remoteAddress,
      remotePort: connection.remotePort,
      owner: connection.owner,
      info: (options) => tcpInfo(connection, options),
    }),
  );
  return [...listeners, ...connections];
}

function udpRows(namespace: CommandContext['namespace']): Row[] {
  if (!namespace.hasUdpSockets) return [];
  return namespace.udp.sockets().map((socket) => ({
    protocol: 'udp',
    state: socket.remotePort === 0 ? TcpState.closed : TcpState.established,
    receiveQueue: 0,
    sendQueue: 0,
    local: socket.localAddress,
    localPort: socket.localPort,
    remote: socket.remoteAddress,
    remotePort: socket.remotePort,
    owner: socket.owner,
    info: () => '',
  }));
}

const NETID: Column = { title: 'Netid', gap: '', cell: ({ protocol }) => protocol };
const COLUMNS: readonly Column[] = [
  { title: 'State', gap: ' ', cell: ({ state }) => STATE_NAMES[state] },
  { title: 'Recv-Q', gap: ' ', cell: ({ receiveQueue }) => String(receiveQueue).padEnd(6) },
  { title: 'Send-Q', gap: ' ', cell: ({ sendQueue }) => String(sendQueue).padEnd(6) },
  { title: 'Local Address:', gap: ' ', right: true, cell: ({ local }) => `${formatIpv4(local)}:` },
  { title: 'Port', gap: '', cell: ({ localPort }) => String(localPort) },
  { title: 'Peer Address:', gap: ' ', right: true, cell: ({ remote }) => `${formatIpv4(remote)}:` },
  { title: 'Port', gap: '', cell: ({ remotePort }) => (remotePort === 0 ? '*' : String(remotePort)) },
];

/** As ss writes to a file: columns as narrow as their content. */
function render(columns: readonly Column[], rows: readonly Row[], letters: ReadonlySet<string>): string {
  const header = !letters.has('H');
  const titles = columns.map(({ title }) => title);
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const measured = header ? [titles, ...cells] : cells;
  const widths = columns.map((_, i) => Math.max(0, ...measured.map((texts) => texts[i].length)));
  const line = (texts: readonly string[], last: string) =>
    `${texts
      .map((text, i) => {
        const { gap, right } = columns[i];
        return `${i === 0 ? '' : gap}${right ? text.padStart(widths[i]) : text.padEnd(widths[i])}`;
      })
      .join('')}${last}\n`;
  const processes = rows.map(({ owner, info }) => {
    const users = letters.has('p') && owner !== '' ? usersOf(owner) : '';
    return letters.has('i') ? users + info(letters.has('o')) : users;
  });
  const width = Math.max(header ? 'Process'.length : 0, ...processes.map((text) => text.length));
  const head = header ? line(titles, 'Process') : '';
  return head + cells.map((texts, i) => line(texts, processes[i].padEnd(width))).join('');
}

function usersOf(owner: string): string {
  const [pid, name] = owner.split('/');
  return `users:(("${name}",pid=${pid},fd=3))`;
}
