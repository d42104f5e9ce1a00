/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012), the keyed hash that Linux spreads flows by. The state is four 64-bit
 * words, each kept as two halves; `[2i]` is the low one.
 */
const state = new Int32Array(8);

const INITIAL = [
  0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462,
];

/**
 * Low 32 bits of the hash of some words.
 * @param words little-endian 32-bit words, an even number of them
 * @param key the four words of the key, low one first
 */
export function siphash32(words: Int32Array, key: Int32Array): number {
  for (let i = 0; i < 8; i++) state[i] = INITIAL[i] ^ key[i & 3];
  for (let i = 0; i < words.length; i += 2) absorb(words[i], words[i + 1], 2);
  // the last block holds the length in bytes
  absorb(0, words.length << 26, 2);
  state[4] ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  return (state[0] ^ state[2] ^ state[4] ^ state[6]) >>> 0;
}

function absorb(low: number, high: number, rounds: number): void {
  state[6] ^= low;
  state[7] ^= high;
  for (let i = 0; i < rounds; i++) round();
  state[0] ^= low;
  state[1] ^= high;
}

function round(): void {
  half(0, 2, 13);
  half(4, 6, 16);
  swapHalves(0);
  half(0, 6, 21);
  half(4, 2, 17);
  swapHalves(4);
}

/** a += b; b <<<= bits; b ^= a, and a's halves change places after the first of each pair. */
function half(a: number, b: number, bits: number): void {
  const low = (state[a] >>> 0) + (state[b] >>> 0);
  state[a] = low;
  state[a + 1] = state[a + 1] + state[b + 1] + (low > 0xffffffff ? 1 : 0);
  const [bl, bh] = [state[b], state[b + 1]];
  state[b] = ((bl << bits) | (bh >>> (32 - bits))) ^ state[a];
  state[b + 1] = ((bh << bits) | (bl >>> (32 - bits))) ^ state[a + 1];
}

/** A rotation by 32. */
function swapHalves(a: number): void {
  const low = state[a];
  state[a] = state[a + 1];
  state[a + 1] = low;
}
