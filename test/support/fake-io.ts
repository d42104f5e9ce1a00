import type { ThreadPolicy } from '../../cli/capture-thread/capture-writing.ts';
import type { Io, TextOutput } from '../../cli/io.ts';
import { runProgram } from '../../cli/program.ts';
import { PLAIN } from '../../report/colors.ts';

/** The world of a command, kept in memory. */
export class FakeIo implements Io {
  out = '';
  err = '';
  /** What `exit` was called with. */
  exited: number | undefined;
  /** Called whenever something is written to stderr. */
  onProgress: (() => void) | undefined;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  private readonly handlers = new Set<() => void>();

  constructor(
    readonly cwd: string,
    private readonly stdin = '',
    terminal = false,
    readonly captureThread: ThreadPolicy | null = null,
  ) {
    const output = { isTerminal: terminal, columns: 100, colors: PLAIN };
    this.stdout = {
      ...output,
      write: (text) => {
        this.out += text;
      },
    };
    this.stderr = {
      ...output,
      write: (text) => {
        this.err += text;
        this.onProgress?.();
      },
    };
  }

  async readStdin(limit: number): Promise<Uint8Array> {
    return Buffer.from(this.stdin).subarray(0, limit);
  }

  onInterrupt(handler: () => void): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  exit(status: number): void {
    this.exited = status;
  }

  /** Ctrl-C. */
  interrupt(): void {
    for (const handler of this.handlers) handler();
  }

  get listening(): boolean {
    return this.handlers.size > 0;
  }
}

export interface CommandOutcome {
  status: number;
  out: string;
  err: string;
}

/** Runs a command line of podwire in `cwd`. */
export async function podwire(args: readonly string[], cwd: string, stdin = ''): Promise<CommandOutcome> {
  const io = new FakeIo(cwd, stdin);
  const status = await runProgram(args, io);
  return { status, out: io.out, err: io.err };
}
