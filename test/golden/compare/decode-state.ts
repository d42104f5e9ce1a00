import { Normaliser } from './normaliser.ts';
import type { CompareOptions } from './options.ts';
import { Reassembler } from './reassembler.ts';
import { TcpTracker } from './tcp-tracker.ts';

/** What decoding remembers from frame to frame; one per capture file. */
export interface DecodeState {
  options: CompareOptions;
  normaliser: Normaliser;
  reassembler: Reassembler;
  tcp: TcpTracker;
}

export function newDecodeState(options: CompareOptions): DecodeState {
  return {
    options,
    normaliser: new Normaliser(options),
    reassembler: new Reassembler(),
    tcp: new TcpTracker(),
  };
}

/** The IP packet that a transport header is in. */
export interface IpContext {
  source: string;
  destination: string;
  protocol: number;
  /** Source and destination address as on the wire, for the pseudo header. */
  addresses: Uint8Array;
  /** The whole payload if the capture has it, not in fragments: only then a checksum can be verified. */
  whole: Uint8Array | undefined;
  /** Payload bytes that were on the wire. */
  wireLength: number;
  /** Inside an ICMP error. */
  quoted: boolean;
}
