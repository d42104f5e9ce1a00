import alea from 'seedrandom/lib/alea.js';

/**
 * Named streams of random numbers. Each is keyed by the run's seed, what it is for and whose it is, and by
 * nothing else: another pod, or one more draw by somebody else, does not shift anybody's numbers.
 *
 * The generator is Alea (J. Baagoe; period about 2^116), the fastest of seedrandom's. The package's default,
 * ARC4, takes three times as long for a draw and seven times as long to key a stream (10 us), for an
 * unpredictability that a simulation has no use for.
 */
export class RandomStreams {
  private readonly seed: string;
  /** Of the seed's part of a name. */
  private readonly seedHash: number;
  private readonly streams = new Map<string, RandomStream>();

  /** @param seed 42 and '42' are the same seed */
  constructor(seed: string | number) {
    this.seed = String(seed);
    this.seedHash = hashOn(FNV_START, `${this.seed.length}:${this.seed}`);
  }

  /**
   * The one stream of this name, made on first use: who asks again goes on where the draws had come to.
   * @param purpose what is drawn, such as `loss`
   * @param owner whose it is, such as an interface's full name
   */
  stream(purpose: string, owner: string): RandomStream {
    // Told apart by the lengths, 'a' + 'bc' is not 'ab' + 'c'.
    const name = `${purpose.length}:${purpose}${owner}`;
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new RandomStream(`${this.seed.length}:${this.seed}${name}`);
      this.streams.set(name, stream);
    }
    return stream;
  }

  /**
   * One number in [0, 1) for a name of which no more than one is ever drawn: the first port of a host, say. A
   * hash of the name does for that; there may be a hundred thousand such names, and a stream weighs a
   * kilobyte.
   * @param part of the owner, such as an interface of a namespace: as if the owner were called `owner:part`
   */
  single(purpose: string, owner: string, part = ''): number {
    // piece by piece, as if it were one text: putting it together costs more than hashing it
    let hash = hashOn(hashOnNumber(this.seedHash, purpose.length), ':');
    hash = hashOn(hashOn(hash, purpose), owner);
    if (part !== '') hash = hashOn(hashOn(hash, ':'), part);
    return finished(hash) / 2 ** 32;
  }
}

const FNV_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;
const DIGIT_0 = 48;

/** FNV-1a, gone on with over a further piece of text. */
function hashOn(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME);
  return hash;
}

/** As `hashOn` over the decimal digits of a whole number. */
function hashOnNumber(hash: number, number: number): number {
  if (number > 9) hash = hashOnNumber(hash, Math.floor(number / 10));
  return Math.imul(hash ^ (DIGIT_0 + (number % 10)), FNV_PRIME);
}

/** Mixes well what FNV-1a leaves: the finalizer of MurmurHash3. */
function finished(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Random numbers of the usual distributions, the same ones for the same key on every machine. */
export class RandomStream {
  private readonly generator: ReturnType<typeof alea>;
  /** Second of a pair of standard normal numbers, NaN when there is none. */
  private spareNormal = Number.NaN;

  constructor(key: string) {
    this.generator = alea(key);
  }

  /**
   * Uniform in [0, 1), a multiple of 2^-53: 32 bits would cut exponential tails and blur small probabilities.
   */
  uniform(): number {
    return this.generator.double();
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform integer from low to high, both included; the two less than 2^53 apart. */
  integer(lowInclusive: number, highInclusive: number): number {
    return lowInclusive + Math.floor(this.uniform() * (highInclusive - lowInclusive + 1));
  }

  /** Uniform 32-bit integer, with sign. */
  int32(): number {
    return this.generator.int32();
  }

  /** True with the probability p. */
  bernoulli(p: number): boolean {
    return this.uniform() < p;
  }

  /** Exponential: the gaps of a Poisson process. */
  exponential(mean: number): number {
    return -Math.log(1 - this.uniform()) * mean;
  }

  /** Normal, by the polar method (Marsaglia and Bray, 1964), which gives two at a time. */
  normal(mean: number, deviation: number): number {
    const spare = this.spareNormal;
    if (!Number.isNaN(spare)) {
      this.spareNormal = Number.NaN;
      return mean + deviation * spare;
    }
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * this.uniform() - 1;
      y = 2 * this.uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    this.spareNormal = y * scale;
    return mean + deviation * x * scale;
  }

  /** Log-normal: e to a normal number of mean mu and deviation sigma; its median is e^mu. */
  logNormal(mu: number, sigma: number): number {
    return Math.exp(this.normal(mu, sigma));
  }

  /** Pareto: at least `minimum`, with a tail that falls as x^-shape; the mean is finite for shape > 1. */
  pareto(minimum: number, shape: number): number {
    return minimum * (1 - this.uniform()) ** (-1 / shape);
  }
}
