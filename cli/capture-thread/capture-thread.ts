import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  CONTROL_WORDS,
  DONE,
  errorOf,
  POSTED,
  STATE,
  type ThreadMessage,
  type ThreadStart,
  ThreadState,
} from './protocol.ts';

/**
 * The thread that writes captures, as the thread of the simulation sees it. Whatever waits here does so without a turn
 * of the event loop.
 */
export class CaptureThread {
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  private readonly port: MessagePort;
  private readonly worker: Worker;

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

  /** Waits until it takes messages, or for half a minute: it may not be able to start. */
  waitUntilReady(): void {
    Atomics.wait(this.control, STATE, ThreadState.starting, 30_000);
  }

  /** @throws Error what the thread has met with */
  post(message: ThreadMessage): void {
    this.throwFailure();
    this.port.postMessage(message);
    Atomics.add(this.control, POSTED, 1);
    Atomics.notify(this.control, POSTED);
  }

  /**
   * Waits until no more than so many messages are not done with.
   * @throws Error what the thread has met with
   */
  waitUntilLeft(messages: number): void {
    const posted = Atomics.load(this.control, POSTED);
    for (;;) {
      const done = Atomics.load(this.control, DONE);
      this.throwFailure();
      if (posted - done <= messages) return;
      Atomics.wait(this.control, DONE, done);
    }
  }

  /** Ends it, whatever it is doing. */
  async stop(): Promise<void> {
    this.port.close();
    await this.worker.terminate();
  }

  private throwFailure(): void {
    if (Atomics.load(this.control, STATE) !== ThreadState.failed) return;
    const failure = receiveMessageOnPort(this.port);
    throw failure === undefined
      ? new Error('the thread that writes captures has ended')
      : errorOf(failure.message);
  }
}

type WorkerArguments = ConstructorParameters<typeof Worker>;

/** The built script; beside sources, which are run through tsx, its source. */
function script(options: WorkerArguments[1]): WorkerArguments {
  const source = import.meta.url.endsWith('.ts');
  const url = new URL(source ? './worker.ts' : './worker.js', import.meta.url);
  return [url, source ? { ...options, execArgv: ['--import', import.meta.resolve('tsx')] } : options];
}
