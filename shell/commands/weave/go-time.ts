import { EPOCH_NS } from '../../../engine/wall-clock.ts';
import type { TimeFormats } from '../../../models/weave/weaver-status.ts';

const SECOND = 1_000_000_000n;

/** Times as Go prints them. @param startedAt of the process, which Go's monotonic clock counts from, nanoseconds */
export function goTimes(startedAt: number): TimeFormats {
  return {
    text: (time) => {
      const [date, clock] = calendar(time);
      const since = time - startedAt;
      return `${date} ${clock} +0000 UTC m=${since < 0 ? '-' : '+'}${monotonic(Math.abs(since))}`;
    },
    json: (time) => `${calendar(time).join('T')}Z`,
  };
}

/** Date and time of day, whose fraction has no zeros at its end. */
function calendar(time: number): [date: string, clock: string] {
  const nanoseconds = EPOCH_NS + BigInt(time);
  const seconds = new Date(Number(nanoseconds / SECOND) * 1000).toISOString();
  const fraction = nineDigits(nanoseconds % SECOND).replace(/0+$/, '');
  const clock = seconds.slice(11, 19);
  return [seconds.slice(0, 10), fraction === '' ? clock : `${clock}.${fraction}`];
}

function monotonic(duration: number): string {
  const nanoseconds = BigInt(duration);
  return `${nanoseconds / SECOND}.${nineDigits(nanoseconds % SECOND)}`;
}

function nineDigits(nanoseconds: bigint): string {
  return String(nanoseconds).padStart(9, '0');
}
