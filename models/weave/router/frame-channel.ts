import type { RouterThread, ThreadContext } from './router-thread.ts';

/** What a channel holds without anybody waiting (weave `ChannelSize`). */
const CAPACITY = 16;

/** Takes what threads give to another one (a buffered channel of Go). Who gives too much waits until there is room. */
export class FrameChannel<T> {
  private readonly items: T[] = [];
  private readonly context: ThreadContext;
  private readonly reader: RouterThread;
  private readonly waiting: RouterThread[] = [];

  constructor(context: ThreadContext, reader: RouterThread) {
    this.context = context;
    this.reader = reader;
  }

  get size(): number {
    return this.items.length;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** Gives something; the thread that runs now may have to wait afterwards. */
  push(item: T): void {
    this.items.push(item);
    this.reader.wake();
    const { current } = this.context;
    if (this.items.length <= CAPACITY || current === null || current === this.reader) return;
    current.block();
    this.waiting.push(current);
  }

  /** The oldest; undefined when there is none. */
  take(): T | undefined {
    const item = this.items.shift();
    if (this.items.length <= CAPACITY) this.release();
    return item;
  }

  /** Takes everything; nobody waits any longer. */
  close(): T[] {
    this.release();
    return this.items.splice(0);
  }

  private release(): void {
    for (const thread of this.waiting.splice(0)) thread.unblock();
  }
}
