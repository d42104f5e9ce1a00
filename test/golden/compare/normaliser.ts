import { macText } from './bytes.ts';
import type { CompareOptions } from './options.ts';

/** Numbers things by the order in which they first appear, from 1. */
class Ordinals {
  private readonly seen = new Map<number | string, number>();

  of(key: number | string): number {
    let ordinal = this.seen.get(key);
    if (ordinal === undefined) {
      ordinal = this.seen.size + 1;
      this.seen.set(key, ordinal);
    }
    return ordinal;
  }
}

/** Replaces values that two runs cannot share by what they have in common: the order of first appearance. */
export class Normaliser {
  private readonly options: CompareOptions;
  private readonly ports = new Ordinals();
  private readonly echoIds = new Ordinals();
  private readonly fragmentKeys = new Ordinals();
  private readonly macs = new Ordinals();

  constructor(options: CompareOptions) {
    this.options = options;
  }

  /** The port, or `eph#1` for the first one seen of the ephemeral range. */
  port(port: number): number | string {
    const { low, high } = this.options.ephemeralPorts;
    if (port < low || port > high || this.options.keptPorts.includes(port)) return port;
    return `eph#${this.ports.of(port)}`;
  }

  /** `id#1` for the first ICMP echo identifier seen. */
  echoId(id: number): string {
    return `id#${this.echoIds.of(id)}`;
  }

  /** `frag#1` for the first fragmented datagram seen. */
  fragment(key: string): string {
    return `frag#${this.fragmentKeys.of(key)}`;
  }

  /** The MAC address as text; with `maskMac`, `mac#1` for the first unicast one seen. */
  mac(bytes: Uint8Array, offset: number): string {
    const text = macText(bytes, offset);
    const isGroup = (bytes[offset] & 1) === 1;
    if (!this.options.maskMac || isGroup || text === '00:00:00:00:00:00') return text;
    return `mac#${this.macs.of(text)}`;
  }
}
