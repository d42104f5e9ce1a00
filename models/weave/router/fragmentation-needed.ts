import { tooBigError } from '../../netns/ipv4/too-big-error.ts';
import type { Network } from '../../netns/network.ts';
import { ipHeaderLength, type Packet, tagLength } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';

/** Bytes behind the IP header that an error quotes (RFC 792). */
const QUOTED = 8;

/**
 * The ICMP error for a frame that is too big for the way to another peer, as from the host that it was for (weave
 * `makeICMPFragNeeded`).
 * @param mtu what would have fitted, bytes
 */
export function fragmentationNeeded(network: Network, packet: Packet, mtu: number): Packet {
  const frame = new Uint8Array(packet.length);
  writeFrame(packet, network.macs, frame, 0);
  const start = ETHERNET_HEADER_LENGTH + tagLength(packet);
  const error = tooBigError(
    network,
    packet,
    mtu,
    frame.slice(start, start + ipHeaderLength(packet) + QUOTED),
  );
  error.tos = packet.tos;
  return error;
}
