import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress } from '../../cli/progress.ts';
import { FakeIo } from '../support/fake-io.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Reports after every 50 ms for a second, as a run does after every slice. */
function runFor(milliseconds: number, terminal: boolean): string {
  const io = new FakeIo('/', '', terminal);
  const progress = new Progress(io.stderr, 'test', 10e9);
  for (let clock = 50; clock <= milliseconds; clock += 50) {
    vi.advanceTimersByTime(50);
    progress.update(clock * 1e6, clock * 1000);
  }
  progress.end();
  return io.err;
}

describe('progress', () => {
  it('is a bar on a terminal, drawn in place and taken away at the end', () => {
    const frames = runFor(1000, true).split('\r').slice(1);
    expect(frames).toHaveLength(11);
    expect(frames[4]).toBe(`██${'░'.repeat(28)} 5%  500 ms simulated, 1 M events/s, 10 s left\u001b[K`);
    expect(frames.at(-1)).toBe('\u001b[K');
  });

  it('is a line every five seconds elsewhere', () => {
    expect(runFor(10_000, false).split('\n')).toEqual([
      'test: 50%  5 s simulated, 1 M events/s, 5 s left',
      'test: 100%  10 s simulated, 1 M events/s, 0 s left',
      '',
    ]);
  });

  it('says nothing of a run that is over at once', () => {
    expect(runFor(50, true)).toBe('');
  });
});
