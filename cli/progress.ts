import { formatApproximate, formatDuration } from '../report/units.ts';
import type { TextOutput } from './io.ts';

/** Milliseconds between two looks of a bar, and between two lines where there is no terminal. */
const BAR_EVERY = 100;
const LINE_EVERY = 5000;
const BAR_WIDTH = 30;

/** Tells how far a run is: a bar on a terminal, a line now and then elsewhere. */
export class Progress {
  private readonly begun = performance.now();
  private last: number;
  private drawn = false;

  constructor(
    private readonly output: TextOutput,
    private readonly name: string,
    private readonly stop: number,
  ) {
    // a run that is over at once needs no bar
    this.last = this.begun;
  }

  /** @param now simulated nanoseconds */
  update(now: number, events: number): void {
    const clock = performance.now();
    if (clock - this.last < (this.output.isTerminal ? BAR_EVERY : LINE_EVERY)) return;
    this.last = clock;
    const share = Math.min(1, now / this.stop);
    const speed = `${formatApproximate(events / ((clock - this.begun) / 1000))} events/s`;
    const left = share > 0 ? ((clock - this.begun) * (1 - share)) / share : Number.POSITIVE_INFINITY;
    const rest = Number.isFinite(left) ? `, ${waitText(Math.round(left / 1000))} left` : '';
    const text = `${Math.floor(share * 100)}%  ${formatDuration(now)} simulated, ${speed}${rest}`;
    if (this.output.isTerminal) this.draw(share, text);
    else this.output.write(`${this.name}: ${text}\n`);
  }

  /** Clears the bar away. */
  end(): void {
    if (this.drawn) this.output.write('\r\u001b[K');
    this.drawn = false;
  }

  private draw(share: number, text: string): void {
    const { colors, columns } = this.output;
    const full = Math.round(share * BAR_WIDTH);
    const bar = `${colors.green('█'.repeat(full))}${colors.dim('░'.repeat(BAR_WIDTH - full))}`;
    const room = columns - BAR_WIDTH - 3;
    this.output.write(`\r${bar} ${text.slice(0, Math.max(0, room))}\u001b[K`);
    this.drawn = true;
  }
}

/** Seconds as people say how long something will take: `40 s`, `5 min 10 s`, `3 h 20 min`. */
function waitText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
