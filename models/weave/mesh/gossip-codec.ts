import type { PeerName } from '../peer-name.ts';
import { GOB_BYTES, GOB_STRING, GOB_UINT } from '../wire/gob.ts';
import { GobDecoder } from '../wire/gob-decoder.ts';
import { encodeGobBytesHead, GobEncoder } from '../wire/gob-encoder.ts';
import { BytesContent, type Content } from './content.ts';
import { ProtocolTag } from './protocol.ts';

/** What a message of gossip carries, in the order of its gobs. */
export class GossipMessage implements Content {
  private readonly head: Uint8Array;

  constructor(
    readonly channel: string,
    /** Who said it at first; of gossip among neighbours, who passes it on. */
    readonly source: PeerName,
    /** Only of unicast. */
    readonly destination: PeerName | null,
    readonly payload: Content,
  ) {
    const head = new GobEncoder().encode(GOB_STRING, channel).encode(GOB_UINT, source);
    if (destination !== null) head.encode(GOB_UINT, destination);
    this.head = head.append(GOB_BYTES, encodeGobBytesHead(payload.length)).bytes();
  }

  get length(): number {
    return this.head.length + this.payload.length;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    bytes.set(this.head);
    bytes.set(this.payload.bytes(), this.head.length);
    return bytes;
  }
}

/** @throws GobError */
export function decodeGossip(tag: number, content: Content): GossipMessage {
  if (content instanceof GossipMessage) return content;
  const gobs = new GobDecoder(content.bytes());
  const channel = gobs.decode(GOB_STRING);
  const source = gobs.decode(GOB_UINT);
  const destination = tag === ProtocolTag.gossipUnicast ? gobs.decode(GOB_UINT) : null;
  return new GossipMessage(channel, source, destination, new BytesContent(gobs.decode(GOB_BYTES)));
}
