import { formatApproximate, formatDuration } from '../report/units.ts';
import type { TextOutput } from './io.ts';
import { ProgressDisplay, timeLeft } from './progress-display.ts';

/** Tells how far a run is. */
export class Progress {
  private readonly display: ProgressDisplay;

  /** @param stop simulated nanoseconds at which it ends */
  constructor(
    output: TextOutput,
    name: string,
    private readonly stop: number,
  ) {
    this.display = new ProgressDisplay(output, name);
  }

  /** @param now simulated nanoseconds */
  update(now: number, events: number): void {
    const share = Math.min(1, now / this.stop);
    this.display.show(share, () => {
      const { elapsed } = this.display;
      const speed = `${formatApproximate(events / (elapsed / 1000))} events/s`;
      const left = share > 0 ? (elapsed * (1 - share)) / share : Number.POSITIVE_INFINITY;
      return `${formatDuration(now)} simulated, ${speed}${timeLeft(left)}`;
    });
  }

  /** Clears the bar away. */
  end(): void {
    this.display.end();
  }
}
