import type { Packet } from './packet.ts';

/** What the prints of a run (`FramePrints`) see of a frame: enough that any change of its way or its headers shows. */
export function contentOf(packet: Packet): number {
  return (
    Math.imul(packet.length ^ (packet.ttl << 16) ^ (packet.etherType << 4), 0x9e3779b1) ^
    Math.imul(packet.ipSource, 0x85ebca6b) ^
    Math.imul(packet.ipDestination ^ packet.flowSequence, 0xc2b2ae35)
  );
}
