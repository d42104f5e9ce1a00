import type { Payload } from '../../payload.ts';
import { emitHeartbeat, type FastdpHeartbeat, HEARTBEAT_LENGTH } from '../wire/fastdp.ts';

/** What is behind the Ethernet header of a heartbeat: a few bytes, and zeros. */
export class HeartbeatPayload implements Payload {
  private readonly head = new Uint8Array(HEARTBEAT_LENGTH);

  constructor(heartbeat: FastdpHeartbeat) {
    emitHeartbeat(this.head, 0, heartbeat);
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    bytes.fill(0, offset, offset + length);
    bytes.set(this.head.subarray(from, from + length), offset);
  }
}
