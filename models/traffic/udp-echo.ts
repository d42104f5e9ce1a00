import type { Errno } from '../netns/control-error.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { BytesPayload } from '../payload.ts';
import { UdpSocket } from '../transport/udp.ts';
import { Program } from './program.ts';

/** Sends every datagram back to where it came from (RFC 862). */
export class UdpEcho extends Program {
  private readonly socket: UdpSocket;
  private readonly port: number;

  constructor(namespace: NetworkNamespace, port: number) {
    super(namespace);
    this.port = port;
    this.socket = new UdpSocket(namespace);
    this.socket.onReceive = (packet) => {
      const bytes = new Uint8Array(packet.payloadLength);
      packet.payload.writeTo(bytes, 0, 0, bytes.length);
      this.socket.sendTo(packet.ipSource, packet.sourcePort, bytes.length, new BytesPayload(bytes));
    };
  }

  override interrupt(): void {
    this.socket.close();
    this.finish(0);
  }

  protected override wake(): void {
    const errno: Errno | null = this.socket.bind(0, this.port);
    if (errno !== null) this.finish(1);
  }
}
