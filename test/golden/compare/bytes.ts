/** Big-endian (network order) reads; the caller has checked that the bytes are there. */

export function readUint16(bytes: Uint8Array, offset: number): number {
  return bytes[offset] * 0x100 + bytes[offset + 1];
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset) * 0x10000 + readUint16(bytes, offset + 2);
}

export function ipv4Text(bytes: Uint8Array, offset: number): string {
  return bytes.subarray(offset, offset + 4).join('.');
}

export function macText(bytes: Uint8Array, offset: number): string {
  return Array.from(bytes.subarray(offset, offset + 6), (octet) => octet.toString(16).padStart(2, '0')).join(
    ':',
  );
}

export function hexText(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/**
 * Ones' complement sum of 16-bit words (RFC 1071), an odd last byte padded with zero. Over data that carries
 * a right checksum it is 0xffff. Written apart from the models' own so that one checks the other.
 */
export function onesComplementSum(...parts: Uint8Array[]): number {
  let sum = 0;
  for (const bytes of parts) {
    for (let i = 0; i + 1 < bytes.length; i += 2) sum += readUint16(bytes, i);
    if (bytes.length % 2 === 1) sum += bytes[bytes.length - 1] * 0x100;
  }
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}
