import { expect } from 'vitest';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { UdpSocket } from '../../models/transport/udp.ts';

/** Opens a UDP socket and keeps the data of every datagram that it receives. */
export function collectDatagrams(host: NetworkNamespace, port: number): Uint8Array[] {
  const received: Uint8Array[] = [];
  const socket = new UdpSocket(host);
  expect(socket.bind(0, port)).toBeNull();
  socket.onReceive = (packet) => {
    const bytes = new Uint8Array(packet.payloadLength);
    packet.payload.writeTo(bytes, 0, 0, bytes.length);
    received.push(bytes);
  };
  return received;
}

/** Byte i is i modulo 251. */
export function expectPattern(bytes: Uint8Array, size: number): void {
  expect(bytes.length).toBe(size);
  expect(bytes.findIndex((byte, i) => byte !== i % 251)).toBe(-1);
}
