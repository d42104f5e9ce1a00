import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CaptureFiles } from '../../models/link/capture/capture-files.ts';
import { chunkSize, FrameChunk } from '../../models/link/capture/frame-chunk.ts';
import { MacTable } from '../../models/mac-table.ts';
import { captureWriter } from '../../scenarios/builder/capture-writer.ts';
import { FileSinks } from '../file-sink.ts';
import {
  type BeginLetter,
  BYTES,
  DONE,
  FLAGS,
  FRAMES,
  failureOf,
  type Letter,
  POSTED,
  SLOTS,
  SlotFlag,
  STATE,
  slotOf,
  TEMPLATES,
  type ThreadStart,
  ThreadState,
} from './protocol.ts';

/**
 * Milliseconds of sleep when there is nothing to do: to wake this thread up takes the other one longer than to fill a
 * tenth of a chunk, so that it does so only when it is about to run out of chunks.
 */
const NAP = 1;

/** The thread that writes captures: takes what is handed to it in its order, until the end. */
class CaptureWorker {
  private readonly port: MessagePort;
  private readonly control: Int32Array;
  private readonly macs = new MacTable();
  private readonly files = new CaptureFiles(this.macs);
  private readonly sinks = new FileSinks();
  /** Of each slot. */
  private chunks: FrameChunk[] = [];
  private instants: Float64Array[] = [];
  private ended = false;

  constructor({ port, control }: ThreadStart) {
    this.port = port;
    this.control = control;
  }

  run(): void {
    this.enter(ThreadState.ready);
    try {
      for (let number = 0; !this.ended; number++) {
        this.waitFor(number);
        this.take(number);
        if (!this.ended) this.tellDone();
      }
      this.sinks.close();
      this.enter(ThreadState.ended);
    } catch (error) {
      this.port.postMessage(failureOf(error));
      this.enter(ThreadState.failed);
    }
    this.tellDone();
  }

  /** Nothing else happens in this thread. */
  private waitFor(number: number): void {
    while (Atomics.load(this.control, POSTED) === number) Atomics.wait(this.control, POSTED, number, NAP);
  }

  private take(number: number): void {
    const { control } = this;
    const slot = slotOf(number);
    const flags = control[slot + FLAGS];
    const letter =
      (flags & SlotFlag.letter) === 0 ? null : (receiveMessageOnPort(this.port)!.message as Letter);
    if (letter?.kind === 'begin') this.begin(letter);
    if (letter?.kind === 'end') this.ended = true;
    if ((flags & SlotFlag.chunk) === 0) return;
    const chunk = this.chunks[number % SLOTS];
    chunk.use = {
      frames: control[slot + FRAMES],
      templates: control[slot + TEMPLATES],
      bytes: control[slot + BYTES],
    };
    if (letter?.kind === 'news') {
      for (const mac of letter.macs) this.macs.intern(mac);
      chunk.news = letter;
    }
    const instants = this.instants[number % SLOTS];
    if ((flags & SlotFlag.flush) !== 0) this.files.flush(chunk, instants);
    else this.files.take(chunk, instants);
  }

  /** Takes the files over. Their heads and their interfaces stand in them already. */
  private begin({ files, memory, use, news, keptCount, chunks, instants }: BeginLetter): void {
    let begun = false;
    for (const file of files) {
      const sink = (bytes: Uint8Array) => begun && this.sinks.write(file.path, bytes);
      this.files.add(captureWriter(file, sink), file.snaplen);
    }
    const chunk = new FrameChunk(memory, use);
    chunk.use = use;
    chunk.news = news;
    this.files.resume({ chunk, keptCount });
    begun = true;
    this.chunks = chunks.map((shared) => new FrameChunk(shared, chunkSize()));
    this.instants = instants;
  }

  private enter(state: number): void {
    Atomics.store(this.control, STATE, state);
    Atomics.notify(this.control, STATE);
  }

  private tellDone(): void {
    Atomics.add(this.control, DONE, 1);
    Atomics.notify(this.control, DONE);
  }
}

new CaptureWorker(workerData).run();
