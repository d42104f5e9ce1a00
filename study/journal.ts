import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { RunRecord } from './run-job.ts';

const NEWLINE = 0x0a;
const CHUNK = 1 << 20;

/**
 * The runs that are done, a line of JSON each, in the order in which they ended. A line is written in one
 * piece and counts once it is whole: what a killed study has left of one is cut off.
 */
export class Journal {
  /** Where the line of each run stands. */
  private readonly lines = new Map<string, { offset: number; length: number }>();
  private readonly file: number;
  private size = 0;

  /** Opens the file, or makes it. */
  constructor(path: string, mode: 'append' | 'read' = 'append') {
    this.file = openSync(path, mode === 'append' ? 'a+' : 'r', 0o644);
    this.scan();
    if (mode === 'append' && fstatSync(this.file).size > this.size) ftruncateSync(this.file, this.size);
  }

  has(key: string): boolean {
    return this.lines.has(key);
  }

  /** The record of a run that is there. */
  read(key: string): RunRecord {
    const { offset, length } = this.lines.get(key)!;
    return JSON.parse(this.bytes(offset, length).toString('utf8'));
  }

  append(record: RunRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let done = 0; done < line.length; ) done += writeSync(this.file, line, done);
    this.remember(record.key, this.size, line.length);
    this.size += line.length;
  }

  /** The whole file with the lines of these runs first, in this order, and then the others by their keys. */
  arranged(keys: Iterable<string>): Buffer {
    const first = new Set([...keys].filter((key) => this.has(key)));
    const others = [...this.lines.keys()].filter((key) => !first.has(key)).sort();
    const lines = [...first, ...others].map((key) => this.lines.get(key)!);
    return Buffer.concat(lines.map(({ offset, length }) => this.bytes(offset, length)));
  }

  close(): void {
    closeSync(this.file);
  }

  /** Finds the lines that are whole. */
  private scan(): void {
    const end = fstatSync(this.file).size;
    let rest = Buffer.alloc(0);
    for (let at = 0; at < end; at += CHUNK) {
      rest = Buffer.concat([rest, this.bytes(at, Math.min(CHUNK, end - at))]);
      let from = 0;
      for (let to = rest.indexOf(NEWLINE); to >= 0; to = rest.indexOf(NEWLINE, from)) {
        this.take(rest.subarray(from, to + 1));
        from = to + 1;
      }
      rest = rest.subarray(from);
    }
  }

  private take(line: Buffer): void {
    const key = /^\{"key":"([0-9a-f]+)"/.exec(line.toString('latin1', 0, 100))?.[1];
    if (key !== undefined) this.remember(key, this.size, line.length);
    this.size += line.length;
  }

  private remember(key: string, offset: number, length: number): void {
    this.lines.set(key, { offset, length });
  }

  private bytes(offset: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.file, buffer, done, length - done, offset + done);
      if (count === 0) throw new Error('the journal of the study has become shorter while it was read');
      done += count;
    }
    return buffer;
  }
}
