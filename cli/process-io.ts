import { availableParallelism } from 'node:os';
import { makeColors } from '../report/colors.ts';
import type { Io, TextOutput } from './io.ts';

/** A thread is worth it from so many captured frames on: writing them takes about as long as starting it. */
const THREAD_AFTER = 200_000;

/** The world of this process. A reader that goes away (`podwire schema | head`) ends it quietly. */
export function processIo(): Io {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    readStdin,
    cwd: process.cwd(),
    onInterrupt(handler) {
      process.on('SIGINT', handler);
      process.on('SIGTERM', handler);
      return () => {
        process.off('SIGINT', handler);
        process.off('SIGTERM', handler);
      };
    },
    captureThread: availableParallelism() > 1 ? { after: THREAD_AFTER } : null,
    exit: (status) => process.exit(status),
  };
}

function outputOf(stream: NodeJS.WriteStream): TextOutput {
  let broken = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    broken = true;
  });
  return {
    write: (text) => {
      if (!broken) stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      // some terminals do not know their own width and say 0
      return stream.columns || 100;
    },
    colors: makeColors(wantsColors(stream)),
  };
}

/** Colours for terminals, unless NO_COLOR says no (https://no-color.org); FORCE_COLOR wants them anywhere. */
function wantsColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && TERM !== 'dumb';
}

async function readStdin(limit: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    total += (chunk as Buffer).length;
    if (total >= limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
