import type { DropReason } from '../../models/drop-reason.ts';
import type { Packet } from '../../models/packet.ts';
import type { Clock } from '../../models/traffic/flow-observer.ts';
import { FlowStatistics } from '../../models/traffic/flow-statistics.ts';

/**
 * Statistics of a flow that also keep what becomes of every packet of it by number: none may be received twice,
 * received and lost, or lost twice. What went wrong is collected, because it happens deep inside a run.
 */
export class WatchedFlow extends FlowStatistics {
  readonly problems: string[] = [];
  /** When each packet was sent and how long it was. */
  readonly sendings: { at: number; bytes: number }[] = [];
  private readonly fates = new Map<number, 'received' | 'lost'>();

  override sent(clock: Clock, bytes: number): void {
    this.sendings.push({ at: clock.now, bytes });
    super.sent(clock, bytes);
  }

  override received(packet: Packet, clock: Clock): void {
    this.settle(packet, 'received');
    if (packet.sentAt > clock.now)
      this.problems.push(`packet ${packet.flowSequence} arrived before it was sent`);
    super.received(packet, clock);
  }

  override lost(packet: Packet, reason: DropReason): void {
    this.settle(packet, 'lost');
    super.lost(packet, reason);
  }

  /** @throws Error with everything that went wrong */
  check(): void {
    if (this.problems.length > 0) throw new Error(this.problems.join('; '));
  }

  private settle(packet: Packet, fate: 'received' | 'lost'): void {
    const before = this.fates.get(packet.flowSequence);
    if (before !== undefined) this.problems.push(`packet ${packet.flowSequence} was ${before}, then ${fate}`);
    if (packet.flowSequence > this.sendings.length) {
      this.problems.push(`packet ${packet.flowSequence} was ${fate} without being sent`);
    }
    this.fates.set(packet.flowSequence, fate);
  }
}
