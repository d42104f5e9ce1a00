// The published types of seedrandom describe its index only, and the index loads every generator and Node's
// crypto.
declare module 'seedrandom/lib/alea.js' {
  import type { PRNG } from 'seedrandom';

  export default function alea(seed: string): PRNG;
}
