import { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { Packet } from '../../packet.ts';
import { SLEEVE_FRAME_HEADER_LENGTH } from '../wire/sleeve.ts';
import { FrameChannel } from './frame-channel.ts';
import type { RouterThread, ThreadContext } from './router-thread.ts';
import type { FrameRoute } from './sleeve-cargo.ts';

/** Frames after which the thread looks at what else there is. */
const FRAMES_AT_ONCE = 100;

/** A frame that waits to be sent to a peer. */
export interface QueuedFrame {
  readonly packet: Packet;
  readonly route: FrameRoute;
}

/** Puts the frames that wait for one path to a peer into as few datagrams as they fit in (weave `aggregateAndSend`). */
export class FrameAggregator {
  private readonly channel: FrameChannel<QueuedFrame>;
  private readonly iface: Interface;
  private readonly overhead: number;
  private closed = false;

  /**
   * @param iface where drops are counted
   * @param overhead bytes of a datagram in front of the first frame's header
   */
  constructor(context: ThreadContext, thread: RouterThread, iface: Interface, overhead: number) {
    this.channel = new FrameChannel(context, thread);
    this.iface = iface;
    this.overhead = overhead;
  }

  get isEmpty(): boolean {
    return this.channel.isEmpty;
  }

  /** Frames that wait. */
  get size(): number {
    return this.channel.size;
  }

  push(frame: QueuedFrame): void {
    if (this.closed) this.drop(frame, DropReason.overlayClosed);
    else this.channel.push(frame);
  }

  /**
   * Sends what waits, without waiting for more.
   * @param limit bytes of UDP payload that a frame by itself may need
   * @param maxPayload bytes up to which further ones join it; it may change while they are sent
   */
  sendAll(limit: number, maxPayload: () => number, send: (frames: readonly QueuedFrame[]) => void): void {
    let frame = this.channel.take();
    let sent = 0;
    while (frame !== undefined) {
      let length = this.overhead + lengthOf(frame);
      if (this.closed || length > limit) {
        this.drop(frame, this.closed ? DropReason.overlayClosed : DropReason.packetTooBig);
        return;
      }
      const batch = [frame];
      sent++;
      frame = sent < FRAMES_AT_ONCE ? this.channel.take() : undefined;
      while (frame !== undefined && length + lengthOf(frame) <= maxPayload()) {
        length += lengthOf(frame);
        batch.push(frame);
        sent++;
        frame = sent < FRAMES_AT_ONCE ? this.channel.take() : undefined;
      }
      send(batch);
    }
  }

  /** Nothing is sent any more. */
  close(): void {
    this.closed = true;
    for (const frame of this.channel.close()) this.drop(frame, DropReason.overlayClosed);
  }

  private drop({ packet }: QueuedFrame, reason: DropReason): void {
    this.iface.namespace.network.drop(packet, reason, this.iface);
  }
}

function lengthOf({ packet }: QueuedFrame): number {
  return SLEEVE_FRAME_HEADER_LENGTH + packet.length;
}
