import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { FrameChunk } from '../../models/link/capture/frame-chunk.ts';
import {
  BYTES,
  CONTROL_WORDS,
  DONE,
  errorOf,
  FLAGS,
  FRAMES,
  type Letter,
  type NewsLetter,
  POSTED,
  SLOTS,
  SlotFlag,
  STATE,
  slotOf,
  TEMPLATES,
  type ThreadFailure,
  type ThreadStart,
  ThreadState,
} from './protocol.ts';

/** The thread is woken when so much waits for it; until then it comes by itself. */
const WAKE_AT = SLOTS / 2;
/** Milliseconds for a thread to start. */
const START_LIMIT = 30_000;

/**
 * The thread that writes captures, as the thread of the simulation sees it. Whatever waits here does so without a turn
 * of the event loop.
 */
export class CaptureThread {
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  private readonly port: MessagePort;
  private readonly worker: Worker;
  private posted = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const workerData: ThreadStart = { port: port2, control: this.control };
    this.worker = new Worker(...script({ workerData, transferList: [port2] }));
    // one that does not even start is never ready
    this.worker.on('error', () => {});
    // it may be left behind at any time: nothing is to wait for it
    this.worker.unref();
    this.port.unref();
  }

  get isReady(): boolean {
    return Atomics.load(this.control, STATE) === ThreadState.ready;
  }

  /** Waits until it takes what is handed to it, or gives up: it may not be able to start. */
  waitUntilReady(): void {
    Atomics.wait(this.control, STATE, ThreadState.starting, START_LIMIT);
  }

  /**
   * Waits until there is a slot for what is handed over next, and answers which.
   * @throws Error what the thread has met with
   */
  freeSlot(): number {
    this.waitUntilLeft(SLOTS - 1);
    return this.posted % SLOTS;
  }

  /** @throws Error what the thread has met with */
  postLetter(letter: Letter): void {
    this.freeSlot();
    this.port.postMessage(letter);
    this.post(SlotFlag.letter);
  }

  /**
   * Hands over the chunk of the free slot.
   * @param news null for none
   */
  postChunk(chunk: FrameChunk, news: NewsLetter | null, flush: boolean): void {
    const slot = slotOf(this.posted);
    const { frames, templates, bytes } = chunk.use;
    this.control[slot + FRAMES] = frames;
    this.control[slot + TEMPLATES] = templates;
    this.control[slot + BYTES] = bytes;
    if (news !== null) this.port.postMessage(news);
    this.post((news === null ? 0 : SlotFlag.letter) | SlotFlag.chunk | (flush ? SlotFlag.flush : 0));
  }

  /**
   * Waits until all is done that was handed over.
   * @throws Error what the thread has met with
   */
  drain(): void {
    Atomics.notify(this.control, POSTED);
    this.waitUntilLeft(0);
  }

  /** Ends it, whatever it is doing. */
  async stop(): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }

  private post(flags: number): void {
    this.control[slotOf(this.posted) + FLAGS] = flags;
    this.posted++;
    Atomics.store(this.control, POSTED, this.posted);
    if (this.posted - Atomics.load(this.control, DONE) >= WAKE_AT) Atomics.notify(this.control, POSTED);
  }

  private waitUntilLeft(most: number): void {
    for (;;) {
      const done = Atomics.load(this.control, DONE);
      this.throwFailure();
      if (this.posted - done <= most) return;
      Atomics.wait(this.control, DONE, done);
    }
  }

  private throwFailure(): void {
    if (Atomics.load(this.control, STATE) !== ThreadState.failed) return;
    const failure = receiveMessageOnPort(this.port)?.message as ThreadFailure | undefined;
    throw failure === undefined ? new Error('the thread that writes captures has failed') : errorOf(failure);
  }
}

type WorkerArguments = ConstructorParameters<typeof Worker>;

/**
 * The built script; beside sources its source, which tsx is asked for in the thread itself: the hooks that `--import`
 * would leave there do not apply to the script that a thread starts with.
 */
function script(options: WorkerArguments[1]): WorkerArguments {
  if (!import.meta.url.endsWith('.ts')) return [new URL('./capture-worker.js', import.meta.url), options];
  const source = JSON.stringify(new URL('./capture-worker.ts', import.meta.url).href);
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import(${api}).then(({ tsImport }) => tsImport(${source}, ${source}));`;
  return [code, { ...options, eval: true }];
}
