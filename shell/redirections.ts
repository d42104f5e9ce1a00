import { CommandFailure } from './failure.ts';
import { FileError, type FileTree } from './file-tree.ts';
import { NULL_STREAM, type OutputStream } from './streams.ts';
import type { Redirection } from './syntax.ts';

/** What the descriptors 0, 1 and 2 of a command stand for. */
export interface Descriptors {
  stdin: string;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** A file that a command writes: the text is handed over when the command ends, as stdio does. */
export class FileStream implements OutputStream {
  private text = '';
  private written = false;

  constructor(
    private readonly files: FileTree,
    private readonly path: string,
  ) {}

  write(text: string): void {
    this.text += text;
    this.written = true;
  }

  /** @throws FileError */
  close(): void {
    if (this.written) this.files.write(this.path, this.text);
    this.written = false;
  }
}

/**
 * Carries out redirections from left to right, so that `2>&1 >file` and `>file 2>&1` differ.
 * @param expand puts the parameters into a word
 * @throws CommandFailure with sh's message and status 2
 */
export function redirect(
  base: Descriptors,
  redirections: readonly Redirection[],
  expand: (word: Redirection['target']) => string,
  files: FileTree,
): Descriptors {
  const streams: Record<number, OutputStream> = { 1: base.stdout, 2: base.stderr };
  let stdin = base.stdin;
  for (const { descriptor, kind, target } of redirections) {
    const text = expand(target);
    if (kind === 'read') stdin = open(text, () => files.read(text), 'open', 'No such file');
    else if (kind === 'duplicate') streams[descriptor] = duplicate(streams, text);
    else {
      open(text, () => files.check(text), 'create', 'Directory nonexistent');
      streams[descriptor] = text === '/dev/null' ? NULL_STREAM : new FileStream(files, text);
    }
  }
  return { stdin, stdout: streams[1], stderr: streams[2] };
}

function open<T>(path: string, action: () => T, verb: 'open' | 'create', missing: string): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const reason = error.errno === 'ENOENT' ? missing : error.message;
    throw new CommandFailure(`sh: 1: cannot ${verb} ${path}: ${reason}\n`, 2);
  }
}

function duplicate(streams: Record<number, OutputStream>, text: string): OutputStream {
  if (text === '-') return NULL_STREAM;
  const stream = /^\d+$/.test(text) ? streams[Number(text)] : undefined;
  if (stream === undefined) throw new CommandFailure(`sh: 1: ${text}: Bad file descriptor\n`, 2);
  return stream;
}
