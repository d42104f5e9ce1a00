import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CaptureFiles } from '../../models/link/capture/capture-files.ts';
import { FrameChunk } from '../../models/link/capture/frame-chunk.ts';
import { MacTable } from '../../models/mac-table.ts';
import { captureWriter } from '../../scenarios/builder/capture-writer.ts';
import { FileSinks } from '../file-sink.ts';
import {
  type BeginMessage,
  type ChunkMessage,
  DONE,
  failureOf,
  POSTED,
  STATE,
  type ThreadMessage,
  type ThreadStart,
  ThreadState,
} from './protocol.ts';

/** The thread that writes captures: takes messages in their order until the last one. */
class CaptureWorker {
  private readonly port: MessagePort;
  private readonly control: Int32Array;
  private readonly macs = new MacTable();
  private readonly files = new CaptureFiles(this.macs);
  private readonly sinks = new FileSinks();
  private chunks: FrameChunk[] = [];

  constructor({ port, control }: ThreadStart) {
    this.port = port;
    this.control = control;
  }

  run(): void {
    this.enter(ThreadState.ready);
    try {
      for (let message = this.next(); message.kind !== 'end'; message = this.next()) {
        if (message.kind === 'begin') this.begin(message);
        else this.take(message);
        this.tellDone();
      }
      this.sinks.close();
      this.enter(ThreadState.ended);
    } catch (error) {
      this.port.postMessage(failureOf(error));
      this.enter(ThreadState.failed);
    }
    this.tellDone();
  }

  /** Waits for the next message: nothing else happens in this thread. */
  private next(): ThreadMessage {
    for (;;) {
      const posted = Atomics.load(this.control, POSTED);
      const received = receiveMessageOnPort(this.port);
      if (received !== undefined) return received.message;
      Atomics.wait(this.control, POSTED, posted);
    }
  }

  /** Takes the files over. Their heads and their interfaces stand in them already. */
  private begin({ files, memory, contents, keptCount, chunks }: BeginMessage): void {
    let begun = false;
    for (const file of files) {
      const sink = (bytes: Uint8Array) => begun && this.sinks.write(file.path, bytes);
      this.files.add(captureWriter(file, sink), file.snaplen);
    }
    const chunk = new FrameChunk(memory, contents.frames);
    chunk.contents = contents;
    this.files.resume({ chunk, keptCount });
    begun = true;
    this.chunks = chunks.map((shared) => new FrameChunk(shared));
  }

  private take({ place, contents, macs, instants, flush }: ChunkMessage): void {
    for (const mac of macs) this.macs.intern(mac);
    const chunk = this.chunks[place];
    chunk.contents = contents;
    if (flush) this.files.flush(chunk, instants);
    else this.files.take(chunk, instants);
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
