import { tcpStateName } from '../../models/transport/tcp/tcp-state.ts';
import { formatIpv4, type Ipv4Address } from '../../models/wire/ipv4-address.ts';
import type { CommandContext } from '../command.ts';

/** A line of `netstat`; a remote port of 0 stands for any peer. */
interface SocketLine {
  protocol: 'tcp' | 'udp';
  local: Ipv4Address;
  localPort: number;
  remote: Ipv4Address;
  remotePort: number;
  /** Empty for a datagram socket without a peer. */
  state: string;
  /** Bytes, or connections that wait to be accepted. */
  receiveQueued?: number;
  sendQueued?: number;
  owner?: string;
}

/**
 * The sockets of a namespace as net-tools list them: `-l` servers, `-a` all, without either those with a
 * peer.
 */
export function printSockets({ namespace, stdout }: CommandContext, letters: ReadonlySet<string>): number {
  const which = letters.has('a')
    ? 'servers and established'
    : letters.has('l')
      ? 'only servers'
      : 'w/o servers';
  const withProgram = letters.has('p');
  const families = ['t', 'u', 'w', 'x'].filter((letter) => letters.has(letter));
  const wants = (letter: string) => families.length === 0 || families.includes(letter);
  if (['t', 'u', 'w'].some(wants)) {
    stdout.write(`Active Internet connections (${which})\n`);
    const program = withProgram ? ` ${'PID/Program name'.padEnd(20)}` : '';
    stdout.write(
      `Proto Recv-Q Send-Q Local Address           Foreign Address         State      ${program}\n`,
    );
    const lines = [...(wants('t') ? tcpLines(namespace) : []), ...(wants('u') ? udpLines(namespace) : [])];
    for (const line of lines) {
      const isServer = line.remotePort === 0;
      if (!letters.has('a') && isServer !== letters.has('l')) continue;
      stdout.write(`${format(line)}${withProgram ? ` ${(line.owner || '-').padEnd(20)}` : ''}\n`);
    }
  }
  if (wants('x')) {
    // no program on a simulated node has a local socket
    stdout.write(`Active UNIX domain sockets (${which})\n`);
    const program = withProgram ? 'PID/Program name     ' : '';
    stdout.write(`Proto RefCnt Flags       Type       State         I-Node   ${program}Path\n`);
  }
  return 0;
}

function tcpLines(namespace: CommandContext['namespace']): SocketLine[] {
  if (!namespace.hasTcpSockets) return [];
  const servers = namespace.tcp.listeners().map(
    (listener): SocketLine => ({
      protocol: 'tcp',
      local: listener.localAddress,
      localPort: listener.localPort,
      remote: 0,
      remotePort: 0,
      state: 'LISTEN',
      receiveQueued: listener.waitingCount,
      owner: listener.options.owner ?? '',
    }),
  );
  const connections = namespace.tcp.connections().map(
    (connection): SocketLine => ({
      protocol: 'tcp',
      local: connection.localAddress,
      localPort: connection.localPort,
      remote: connection.remoteAddress,
      remotePort: connection.remotePort,
      state: tcpStateName(connection.state),
      receiveQueued: connection.receiveQueued,
      sendQueued: connection.sendQueued,
      owner: connection.owner,
    }),
  );
  return [...servers, ...connections];
}

function udpLines(namespace: CommandContext['namespace']): SocketLine[] {
  if (!namespace.hasUdpSockets) return [];
  return namespace.udp.sockets().map((socket) => ({
    protocol: 'udp',
    local: socket.localAddress,
    localPort: socket.localPort,
    remote: socket.remoteAddress,
    remotePort: socket.remotePort,
    state: socket.remotePort === 0 ? '' : 'ESTABLISHED',
    owner: socket.owner,
  }));
}

function format(line: SocketLine): string {
  const local = `${formatIpv4(line.local)}:${line.localPort}`;
  const remote = `${formatIpv4(line.remote)}:${line.remotePort === 0 ? '*' : line.remotePort}`;
  const queues = [line.receiveQueued ?? 0, line.sendQueued ?? 0]
    .map((size) => String(size).padStart(6))
    .join(' ');
  const ends = `${local.padEnd(23)} ${remote.padEnd(23)}`;
  return `${line.protocol.padEnd(5)} ${queues} ${ends} ${line.state.padEnd(11)}`;
}
