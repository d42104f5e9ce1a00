import type { IcmpQuote } from '../../netns/ipv4/icmp-input.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { TcpState } from './tcp-state.ts';

/** What the table of a namespace finds by its two addresses and ports. */
export interface TcpEndpoint {
  readonly localAddress: Ipv4Address;
  readonly localPort: number;
  readonly remoteAddress: Ipv4Address;
  readonly remotePort: number;
  readonly state: TcpState;
  /** Next one with the same hash. */
  hashNext: TcpEndpoint | null;
  /**
   * The segment in hand (`arrived`) is for it.
   * @returns false when a reset is the answer
   */
  segmentArrived(): boolean;
  /** An ICMP error quotes a segment of it. */
  icmpError(quote: IcmpQuote): void;
  /** Bytes that the application has not read, and bytes that the peer has not acknowledged. */
  readonly receiveQueued: number;
  readonly sendQueued: number;
  /** Process id and name of its program; empty when there is none. */
  readonly owner: string;
}
