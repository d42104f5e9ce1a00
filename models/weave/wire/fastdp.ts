import { readUint16, readUint32, writeUint16, writeUint32 } from '../../wire/big-endian.ts';

/**
 * What Weave's fast datapath puts into VXLAN: in the VNI which peer has captured a frame and which one it is for, and
 * heartbeats, which are Ethernet frames of zeros but for what stands at the beginning of their payload.
 *
 *     | connection uid (8) | bytes of the frame (2) | zeros |
 */

/** The UDP port of VXLAN is that of the router and one. */
export const VXLAN_PORT_OFFSET = 1;

const SHORT_ID_BITS = 12;
const SHORT_ID_MASK = 2 ** SHORT_ID_BITS - 1;

/** Bytes of a heartbeat behind its Ethernet header that say something. */
export const HEARTBEAT_LENGTH = 10;

export interface FastdpHeartbeat {
  connectionUid: bigint;
  /** Bytes, with the Ethernet header. */
  frameLength: number;
}

/** The VXLAN network identifier of frames between two peers. */
export function vniOf(sourceShortId: number, destinationShortId: number): number {
  return sourceShortId | (destinationShortId << SHORT_ID_BITS);
}

/** The short ids of the two peers. */
export function shortIdsOf(vni: number): { source: number; destination: number } {
  return { source: vni & SHORT_ID_MASK, destination: (vni >>> SHORT_ID_BITS) & SHORT_ID_MASK };
}

/** Writes what a heartbeat says, and returns its length. */
export function emitHeartbeat(bytes: Uint8Array, offset: number, heartbeat: FastdpHeartbeat): number {
  writeUint32(bytes, offset, Number(heartbeat.connectionUid >> 32n));
  writeUint32(bytes, offset + 4, Number(heartbeat.connectionUid & 0xffffffffn));
  writeUint16(bytes, offset + 8, heartbeat.frameLength & 0xffff);
  return HEARTBEAT_LENGTH;
}

/** Reads it; null when it is not all there. */
export function parseHeartbeat(bytes: Uint8Array): FastdpHeartbeat | null {
  if (bytes.length < HEARTBEAT_LENGTH) return null;
  const high = BigInt(readUint32(bytes, 0));
  return { connectionUid: (high << 32n) | BigInt(readUint32(bytes, 4)), frameLength: readUint16(bytes, 8) };
}
