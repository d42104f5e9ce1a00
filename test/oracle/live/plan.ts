import type { RandomStream } from '../../../engine/random.ts';

/** A command line and the namespace it runs in. */
export interface PlannedCommand {
  ns: string;
  cmd: string;
}

/** As a stimulus of case.json, before anything has come of it. */
export interface PlannedStimulus extends PlannedCommand {
  /** Seconds since the start of the captures; null: before them. */
  t_s: number | null;
  action: { type: 'ping' | 'configure' } | ({ type: 'udp-send' } & UdpSendData);
}

export interface UdpSendData {
  to: string;
  dport: number;
  sport?: number;
  sizes: number[];
  /** Seconds to wait for each answer. */
  wait: number;
  connected?: boolean;
  df?: 'dont' | 'want' | 'do';
}

/** A golden case to be: what is built, done and looked at; the kernel adds what came of it. */
export interface Plan {
  schema: 'golden-case/1';
  title: string;
  namespaces: { name: string; looks: string[]; interfaces: { name: string; kind: string }[] }[];
  setup_commands: PlannedCommand[];
  servers: PlannedCommand[];
  stimulus: PlannedStimulus[];
  captures: { ns: string; if: string; file: string; snaplen: 0; filter: '' }[];
  /** Between the last set-up command and the start of the captures. */
  settle_seconds: number;
  capture_seconds: number;
}

/** Draws from a stream, in the words of a generator. */
export class Draw {
  private readonly stream: RandomStream;

  constructor(stream: RandomStream) {
    this.stream = stream;
  }

  /** From `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return this.stream.integer(low, high);
  }

  chance(probability: number): boolean {
    return this.stream.bernoulli(probability);
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.stream.integer(0, choices.length - 1)];
  }

  /** One of the keys, each as likely as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let rest = this.stream.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) if ((rest -= weight) < 0) return key;
    return entries[entries.length - 1][0];
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }
}
