import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { MessageServer } from '../../models/traffic/tcp/message-server.ts';
import type { TcpOptions } from '../../models/transport/tcp/tcp-connection.ts';

/** The servers that traffic over TCP needs: one for each port of a receiver, made when the first sender begins. */
export class MessageServers {
  private readonly byNamespace = new Map<NetworkNamespace, Set<number>>();
  private readonly problems: string[];

  /** @param problems where it is noted that a port is taken */
  constructor(problems: string[]) {
    this.problems = problems;
  }

  open(namespace: NetworkNamespace, port: number, options: TcpOptions): void {
    let ports = this.byNamespace.get(namespace);
    if (ports === undefined) {
      ports = new Set();
      this.byNamespace.set(namespace, ports);
    }
    if (ports.has(port)) return;
    ports.add(port);
    const errno = new MessageServer(namespace, port, options).listen();
    if (errno !== null) this.problems.push(`${namespace.name}: listen on tcp/${port}: ${errno}`);
  }
}
