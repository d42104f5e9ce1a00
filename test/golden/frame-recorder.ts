import { arrivalOrder } from '../../models/link/arrival-order.ts';
import type { Tap } from '../../models/link/tap.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import type { Packet } from '../../models/packet.ts';
import { writeFrame } from '../../models/wire/frame-bytes.ts';

export interface RecordedFrame {
  /** Simulated time, nanoseconds. */
  time: number;
  /** The frame, or as much of its start as the snap length allows. */
  bytes: Uint8Array;
  originalLength: number;
  /** Place among what is seen at one instant. */
  order: number;
}

/** Keeps every frame that an interface sends or receives, as a packet socket on it would see it. */
export class FrameRecorder implements Tap {
  private readonly recorded: RecordedFrame[] = [];
  private readonly snapLength: number;

  /** @param snapLength bytes kept of every frame; 0 for all */
  constructor(snapLength: number) {
    this.snapLength = snapLength === 0 ? Number.POSITIVE_INFINITY : snapLength;
  }

  /** In the order of their time stamps. */
  get frames(): RecordedFrame[] {
    return this.recorded.sort((a, b) => a.time - b.time || a.order - b.order);
  }

  ingress(iface: Interface, packet: Packet): void {
    this.keep(iface, packet, 0, arrivalOrder(iface.namespace.network, packet));
  }

  egress(iface: Interface, packet: Packet, _fate: string | null, ahead: number): void {
    this.keep(iface, packet, ahead, iface.namespace.network.nextOrder());
  }

  private keep(iface: Interface, packet: Packet, ahead: number, order: number): void {
    const frame = new Uint8Array(packet.length);
    writeFrame(packet, iface.namespace.network.macs, frame, 0);
    const time = iface.namespace.network.simulation.now + ahead;
    const bytes = frame.subarray(0, Math.min(frame.length, this.snapLength));
    this.recorded.push({ time, bytes, originalLength: frame.length, order });
  }
}
