import type { Content } from './content.ts';
import type { GossipData, Gossiper } from './gossip.ts';

/** How long a message is remembered, nanoseconds. */
const MEMORY = 30e9;

/** Stands in for a channel that this process has no part in: what others say over it is passed on (mesh
 * `surrogateGossiper`). */
export class SurrogateGossiper implements Gossiper {
  private heard: { readonly message: Uint8Array; readonly time: number }[] = [];

  /** @param now nanoseconds */
  constructor(private readonly now: () => number) {}

  onGossipUnicast(): void {}

  onGossipBroadcast(_source: number, update: Content): GossipData {
    return new SurrogateData([update]);
  }

  gossip(): null {
    return null;
  }

  /** What has been heard before is not passed on again. */
  onGossip(update: Content): GossipData | null {
    const bytes = update.bytes();
    if (this.heard.some(({ message }) => isSame(message, bytes))) return null;
    const now = this.now();
    this.heard = this.heard.filter(({ time }) => time > now - MEMORY);
    this.heard.push({ message: bytes, time: now });
    return new SurrogateData([update]);
  }
}

class SurrogateData implements GossipData {
  constructor(private readonly messages: Content[]) {}

  encode(): Content[] {
    return this.messages;
  }

  merge(other: GossipData): GossipData {
    return new SurrogateData([...this.messages, ...other.encode()]);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
