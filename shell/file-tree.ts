import { ControlError } from '../models/netns/control-error.ts';
import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import { conntrackFile } from './commands/conntrack/format.ts';

const SYSCTL_ROOT = '/proc/sys/';
const DIRECTORIES = ['', '/dev', '/proc', '/proc/net', '/proc/sys'];
const CONNTRACK = '/proc/net/nf_conntrack';

/** Why a file could not be read or written, named as in errno(3). */
export class FileError extends Error {
  constructor(readonly errno: 'ENOENT' | 'EISDIR' | 'EINVAL') {
    super(
      { ENOENT: 'No such file or directory', EISDIR: 'Is a directory', EINVAL: 'Invalid argument' }[errno],
    );
    this.name = 'FileError';
  }
}

/** The few files of a simulated node: `/dev/null`, the connections, and the settings under `/proc/sys/net`. */
export class FileTree {
  constructor(private readonly namespace: NetworkNamespace) {}

  /** @throws FileError */
  read(path: string): string {
    if (path === '/dev/null') return '';
    if (path === CONNTRACK) return conntrackFile(this.namespace.netfilter.conntrackEntries());
    return `${this.sysctl(path)}\n`;
  }

  /**
   * Writes a whole file; `/proc/sys` looks at the text without its white space at the ends.
   * @throws FileError EINVAL for a value that the setting does not take
   */
  write(path: string, text: string): void {
    if (path === '/dev/null') return;
    if (path === CONNTRACK) throw new FileError('EINVAL');
    this.sysctl(path);
    const value = text.trim();
    if (value === '') throw new FileError('EINVAL');
    try {
      this.namespace.setSysctl(sysctlName(path), value);
    } catch (error) {
      throw error instanceof ControlError ? new FileError('EINVAL') : error;
    }
  }

  /** @throws FileError when there is no such file */
  check(path: string): void {
    if (path !== '/dev/null' && path !== CONNTRACK) this.sysctl(path);
  }

  private sysctl(path: string): string {
    const plain = path.replace(/\/+$/, '');
    if (DIRECTORIES.includes(plain)) throw new FileError('EISDIR');
    if (!plain.startsWith(SYSCTL_ROOT)) throw new FileError('ENOENT');
    const name = sysctlName(plain);
    try {
      return this.namespace.sysctl(name);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      const holdsOthers = this.namespace.sysctlNames().some((other) => other.startsWith(`${name}.`));
      throw new FileError(holdsOthers ? 'EISDIR' : 'ENOENT');
    }
  }
}

/**
 * `/proc/sys/net/ipv4/conf/eth0.5/forwarding` is the setting `net.ipv4.conf.eth0/5.forwarding`, as in
 * sysctl(8).
 */
function sysctlName(path: string): string {
  return swapDots(path.slice(SYSCTL_ROOT.length));
}

/** Exchanges `.` and `/`, the two separators that sysctl(8) knows. */
export function swapDots(text: string): string {
  return text.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
