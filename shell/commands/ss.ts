import { TcpState } from '../../models/transport/tcp/tcp-state.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { Command, CommandContext } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';

const LONG: Record<string, string> = {
  '--numeric': 'n',
  '--all': 'a',
  '--listening': 'l',
  '--processes': 'p',
  '--tcp': 't',
  '--udp': 'u',
  '--ipv4': '4',
  '--no-header': 'H',
};
const KNOWN = 'nalptu4H';
/** Options of ss that the simulated one does not have. */
const NOT_HERE = 'reomiKsEbZNMOFwxdf0SAD6VQBTW';

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
}

/** A column of the table: each is as wide as its widest cell, `gap` stands before it. */
interface Column {
  title: string;
  gap: string;
  right?: boolean;
  cell: (row: Row) => string;
}

/** ss(8) of iproute2 6.1: TCP and UDP sockets (`-t`, `-u`, `-a`, `-l`, `-p`, `-n`), addresses always as numbers. */
export const ss: Command = (context, words) => {
  const letters = new Set(words.flatMap(lettersOf));
  const both = letters.has('t') === letters.has('u');
  const rows = [
    ...(both || letters.has('u') ? udpRows(context.namespace) : []),
    ...(both || letters.has('t') ? tcpRows(context.namespace) : []),
  ].filter((row) => isWanted(row, letters));
  const columns = both ? [NETID, ...COLUMNS] : COLUMNS;
  context.stdout.write(render(columns, rows, letters.has('p'), !letters.has('H')));
  return 0;
};

function lettersOf(word: string): string[] {
  if (word.startsWith('--')) {
    const letter = LONG[word];
    if (letter === undefined) throw new NotSupported('ss', word);
    return [letter];
  }
  if (!word.startsWith('-')) throw new NotSupported('ss', 'filters');
  return [...word.slice(1)].map((letter) => {
    if (NOT_HERE.includes(letter)) throw new NotSupported('ss', `-${letter}`);
    if (!KNOWN.includes(letter)) throw new CommandFailure(`ss: invalid option -- '${letter}'\n`, 255);
    return letter;
  });
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
    owner: '',
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
function render(columns: readonly Column[], rows: readonly Row[], owners: boolean, header: boolean): string {
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
  const processes = rows.map(({ owner }) => (owners && owner !== '' ? usersOf(owner) : ''));
  const width = Math.max(header ? 'Process'.length : 0, ...processes.map((text) => text.length));
  const head = header ? line(titles, 'Process') : '';
  return head + cells.map((texts, i) => line(texts, processes[i].padEnd(width))).join('');
}

function usersOf(owner: string): string {
  const [pid, name] = owner.split('/');
  return `users:(("${name}",pid=${pid},fd=3))`;
}
