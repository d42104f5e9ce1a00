import { execFileSync, spawnSync } from 'node:child_process';

let available: boolean | undefined;

/**
 * Tells whether `tshark` can be run. When it cannot, the reason is printed once: a skipped test says why.
 */
export function tsharkAvailable(): boolean {
  if (available === undefined) {
    const result = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
    available = result.status === 0;
    if (!available) console.warn(`tests against tshark skipped: ${result.error?.message ?? result.stderr}`);
  }
  return available;
}

/**
 * Runs tshark over a capture file, without name resolution.
 *
 * @returns what it printed
 * @throws Error when it fails, as it does for a file that it cannot read to the end
 */
export function runTshark(file: string, args: readonly string[]): string {
  return execFileSync('tshark', ['-n', '-r', file, ...args], {
    encoding: 'utf8',
    // It warns on stderr when run as root.
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** One field of each packet in a column, tab between columns: `tshark -T fields`. */
export function tsharkFields(
  file: string,
  fields: readonly string[],
  args: readonly string[] = [],
): string[][] {
  const columns = fields.flatMap((field) => ['-e', field]);
  const output = runTshark(file, [...args, '-T', 'fields', ...columns]);
  return output === ''
    ? []
    : output
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.split('\t'));
}
