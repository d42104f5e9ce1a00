import type { IpContext } from './context.ts';

/** What a flush says with `-s`, and with `-s -s` also about each entry that it deleted. */
export function reportFlush(
  { stdout, options }: IpContext,
  deleted: readonly string[],
  things: 'addresses' | 'entries',
): void {
  if (options.statistics === 0) return;
  if (options.statistics > 1) for (const text of deleted) stdout.write(`${text}\n`);
  if (deleted.length === 0) stdout.write('Nothing to flush.\n');
  else {
    stdout.write(`\n*** Round 1, deleting ${deleted.length} ${things} ***\n`);
    stdout.write('*** Flush is complete after 1 round ***\n');
  }
}
