import { readUint32, writeUint32 } from './big-endian.ts';
import { ParseError } from './parse-error.ts';

/**
 * The VXLAN header (RFC 7348, 5), between a UDP header and an Ethernet frame.
 *
 *     0        1                   4       7
 *     | flags  | reserved          | VNI   | reserved
 */

/** Bytes of the header. */
export const VXLAN_HEADER_LENGTH = 8;

/** The port that IANA assigned. */
export const VXLAN_PORT = 4789;
/** What Linux takes by itself, being older than the assignment. */
export const LINUX_VXLAN_PORT = 8472;

/** VXLAN network identifiers have 24 bits. */
export const VNI_MAX = 0xffffff;

/** The I flag: the VNI is valid. It must be set (RFC 7348, 5). */
const FLAG_VNI = 0x08000000;

export interface VxlanHeader {
  /** VXLAN network identifier, 0 to 16,777,215. */
  vni: number;
}

const TRUNCATED = new ParseError('truncated', 'VXLAN header shorter than 8 bytes');
const NO_VNI = new ParseError('unsupported', 'VXLAN header without a VNI');

/**
 * Reads the header at `offset`, of which the bytes up to `end` are there. Reserved bits are ignored on receipt
 * (RFC 7348, 5).
 */
export function parseVxlan(bytes: Uint8Array, offset: number, end: number): VxlanHeader | ParseError {
  if (Math.min(end, bytes.length) - offset < VXLAN_HEADER_LENGTH) return TRUNCATED;
  if ((readUint32(bytes, offset) & FLAG_VNI) === 0) return NO_VNI;
  return { vni: readUint32(bytes, offset + 4) >>> 8 };
}

/** Writes a header and returns its length. */
export function emitVxlan(bytes: Uint8Array, offset: number, vni: number): number {
  writeUint32(bytes, offset, FLAG_VNI);
  writeUint32(bytes, offset + 4, vni << 8);
  return VXLAN_HEADER_LENGTH;
}

/** The header as tcpdump prints it, up to the frame inside. */
export function printVxlan(header: VxlanHeader): string {
  return `VXLAN, flags [I] (0x08), vni ${header.vni}`;
}
