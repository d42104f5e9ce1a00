import type { Ipv4Address } from './ipv4-address.ts';
import type { MacAddress } from './mac-address.ts';

/**
 * Network byte order by hand on a `Uint8Array`: a header is read and written without a `DataView` of its own.
 * The caller has checked that the bytes are there.
 */

export function readUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1];
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return readIpv4(bytes, offset) >>> 0;
}

/** Addresses are signed 32-bit integers. */
export function readIpv4(bytes: Uint8Array, offset: number): Ipv4Address {
  return (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
}

export function readMac(bytes: Uint8Array, offset: number): MacAddress {
  return readUint16(bytes, offset) * 2 ** 32 + readUint32(bytes, offset + 2);
}

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes the low 32 bits of a signed or unsigned value. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

export function writeMac(bytes: Uint8Array, offset: number, mac: MacAddress): void {
  writeUint16(bytes, offset, Math.floor(mac / 2 ** 32));
  writeUint32(bytes, offset + 2, mac);
}
