import { ExitStatus } from './exit-status.ts';

/** Ends a command with a message for its user; what went wrong is not a fault of the simulator. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly status: ExitStatus = ExitStatus.badInput,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

/** An exception out of the simulator itself: a bug, with what is needed to see it again. */
export class SimulatorFailure extends Error {
  /**
   * @param where what was being done, for example `simulating "three-nodes"`
   * @param seed of the run
   * @param now simulated nanoseconds
   */
  constructor(
    override readonly cause: unknown,
    readonly where: string,
    readonly seed: number,
    readonly now: number,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
    this.name = 'SimulatorFailure';
  }
}

/** The words for what a system call said, for example `no such file or directory`. */
export function systemErrorText(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Record<string, string> = {
    ENOENT: 'no such file or directory',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EEXIST: 'something of that name is there already',
    ENOSPC: 'no space left on the device',
    EROFS: 'the file system is read-only',
    ELOOP: 'it is a symbolic link',
    EMFILE: 'too many open files',
    ENAMETOOLONG: 'the name is too long',
  };
  return words[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

/** Whether an exception comes from a system call, such as a write to a full disk. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
