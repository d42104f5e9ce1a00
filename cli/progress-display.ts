import type { TextOutput } from './io.ts';

/** Milliseconds between two looks of a bar, and between two lines where there is no terminal. */
const BAR_EVERY = 100;
const LINE_EVERY = 5000;
const BAR_WIDTH = 30;

/** Shows how far something is: a bar on a terminal, a line now and then elsewhere. */
export class ProgressDisplay {
  private readonly begun = performance.now();
  // what is over at once needs no bar
  private last = this.begun;
  private drawn = false;

  /** @param name what lines begin with */
  constructor(
    private readonly output: TextOutput,
    private readonly name: string,
  ) {}

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return performance.now() - this.begun;
  }

  /** Shows the text and the share, from 0 to 1, unless it has shown something just now. */
  show(share: number, text: () => string): void {
    const clock = performance.now();
    if (clock - this.last < (this.output.isTerminal ? BAR_EVERY : LINE_EVERY)) return;
    this.last = clock;
    const whole = `${Math.floor(share * 100)}%  ${text()}`;
    if (this.output.isTerminal) this.draw(share, whole);
    else this.output.write(`${this.name}: ${whole}\n`);
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

/** Milliseconds as people say how long something will take: `, 40 s left`; nothing where nobody can tell. */
export function timeLeft(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `, ${waitText(Math.round(milliseconds / 1000))} left` : '';
}

/** `40 s`, `5 min 10 s`, `3 h 20 min`. */
function waitText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
