import { execFileSync, spawnSync } from 'node:child_process';

let available: boolean | undefined;

/**
 * Tells whether network namespaces with iptables in them can be made: that takes root, iproute2 and iptables
 * 1.8.9 (nf_tables). When they cannot, the reason is printed once.
 */
export function realIptablesAvailable(): boolean {
  if (available === undefined) {
    const reason = reasonAgainst();
    available = reason === undefined;
    if (!available) console.warn(`tests against the real iptables skipped: ${reason}`);
  }
  return available;
}

function reasonAgainst(): string | undefined {
  const version = spawnSync('iptables', ['-V'], { encoding: 'utf8' });
  if (version.status !== 0) return version.error?.message ?? version.stderr;
  if (!version.stdout.includes('v1.8.9 (nf_tables)')) return `it is ${version.stdout.trim()}`;
  const name = `podwire-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return made.error?.message ?? made.stderr.trim();
  const tried = spawnSync('ip', ['netns', 'exec', name, 'iptables', '-N', 'PROBE'], { encoding: 'utf8' });
  execFileSync('ip', ['netns', 'del', name]);
  return tried.status === 0 ? undefined : tried.stderr.trim();
}

/** A network namespace of this machine, for one test. */
export class RealNamespace {
  private readonly name: string;

  constructor(purpose: string) {
    this.name = `podwire-${purpose}-${process.pid}`;
    execFileSync('ip', ['netns', 'add', this.name]);
  }

  run(words: readonly string[]): { status: number; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.name, ...words], {
      encoding: 'utf8',
    });
    return { status: status ?? -1, stdout, stderr };
  }

  remove(): void {
    execFileSync('ip', ['netns', 'del', this.name]);
  }
}
