import { Discipline } from './discipline.ts';
import { Fifo } from './fifo.ts';
import type { TransmitQueue } from './transmit-queue.ts';

/** A discipline whose packets wait in one child: a queue bounded in bytes, unless another one is put there. */
export abstract class OneChildDiscipline extends Discipline {
  protected readonly own: Fifo;
  protected inner: Discipline;

  /** @param limit bytes that may wait in the queue of its own */
  constructor(queue: TransmitQueue, handle: number, limit: number) {
    super(queue, handle);
    this.own = new Fifo(queue, 0, { kind: 'bfifo', limit });
    this.own.parent = this;
    this.inner = this.own;
  }

  protected get queuedPackets(): number {
    return this.inner.backlogPackets;
  }

  protected get queuedBytes(): number {
    return this.inner.backlogBytes;
  }

  override get classes(): number {
    return 1;
  }

  override child(): Discipline | null {
    return this.inner === this.own ? null : this.inner;
  }

  override graft(_number: number, child: Discipline | null): void {
    this.inner.reset();
    this.inner = child ?? this.own;
  }
}
