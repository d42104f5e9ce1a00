import { LITTLE_ENDIAN } from './pcapng-format.ts';

/** An option's value is at most what its 16-bit length can say. */
const MAX_OPTION_LENGTH = 0xffff;

const encoder = new TextEncoder();

/**
 * UTF-8 of a text, cut between two characters where it would not fit an option.
 *
 * @internal
 */
export function encodeText(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.length <= MAX_OPTION_LENGTH) return bytes;
  let end = MAX_OPTION_LENGTH;
  while ((bytes[end] & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/**
 * The word that stands before an option's value.
 *
 * @internal
 */
export function optionHeader(code: number, length: number): number {
  return LITTLE_ENDIAN ? code | (length << 16) : (code << 16) | length;
}

/**
 * The option list of a block that is not on the packet path; options without a value are left out.
 *
 * @internal
 */
export function encodeOptions(options: [code: number, value: string | Uint8Array | undefined][]): Uint8Array {
  const given: [code: number, data: Uint8Array][] = [];
  let size = 0;
  for (const [code, value] of options) {
    if (value === undefined) continue;
    const data = typeof value === 'string' ? encodeText(value) : value;
    given.push([code, data]);
    size += 4 + ((data.length + 3) & ~3);
  }
  if (given.length === 0) return new Uint8Array(0);

  // Padding and the end-of-options mark (code 0, length 0) are the zeros that are there already.
  const bytes = new Uint8Array(size + 4);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [code, data] of given) {
    view.setUint32(offset, optionHeader(code, data.length), LITTLE_ENDIAN);
    bytes.set(data, offset + 4);
    offset += 4 + ((data.length + 3) & ~3);
  }
  return bytes;
}
