import type { PeerName } from '../peer-name.ts';
import { GOB_BYTES, GOB_STRING, GOB_UINT } from '../wire/gob.ts';
import { GobDecoder } from '../wire/gob-decoder.ts';
import { GobEncoder } from '../wire/gob-encoder.ts';
import { ProtocolTag } from './protocol.ts';

/** What a message of gossip carries, in the order of its gobs. */
export interface GossipMessage {
  readonly channel: string;
  /** Who said it at first; of gossip among neighbours, who passes it on. */
  readonly source: PeerName;
  /** Only of unicast. */
  readonly destination: PeerName | null;
  readonly payload: Uint8Array;
}

export function encodeGossip(channel: string, source: PeerName, payload: Uint8Array): Uint8Array {
  return new GobEncoder()
    .encode(GOB_STRING, channel)
    .encode(GOB_UINT, source)
    .encode(GOB_BYTES, payload)
    .bytes();
}

export function encodeUnicast(
  channel: string,
  source: PeerName,
  destination: PeerName,
  payload: Uint8Array,
): Uint8Array {
  return new GobEncoder()
    .encode(GOB_STRING, channel)
    .encode(GOB_UINT, source)
    .encode(GOB_UINT, destination)
    .encode(GOB_BYTES, payload)
    .bytes();
}

/** @throws GobError */
export function decodeGossip(tag: number, bytes: Uint8Array): GossipMessage {
  const gobs = new GobDecoder(bytes);
  const channel = gobs.decode(GOB_STRING);
  const source = gobs.decode(GOB_UINT);
  const destination = tag === ProtocolTag.gossipUnicast ? gobs.decode(GOB_UINT) : null;
  return { channel, source, destination, payload: gobs.decode(GOB_BYTES) };
}
