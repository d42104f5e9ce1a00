import { spawnSync } from 'node:child_process';

const TOOLS: readonly (readonly string[])[] = [
  ['ip', '-V'],
  ['bridge', '-V'],
  ['ping', '-V'],
  ['ethtool', '--version'],
  ['sysctl', '--version'],
  ['python3', '--version'],
];

/** Why the kernel of this machine cannot be asked; undefined when it can. */
export function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  for (const [tool, ...args] of TOOLS) {
    if (spawnSync(tool, args).error !== undefined) return `no ${tool}`;
  }
  const trial = spawnSync('unshare', ['--net', '--mount', 'ip', 'link', 'add', 'type', 'veth'], {
    encoding: 'utf8',
  });
  if (trial.error !== undefined) return 'no unshare';
  if (trial.status !== 0) return `no network namespaces: ${trial.stderr.trim()}`;
  return undefined;
}
