import type { StudyProgress } from '../study/conduct.ts';
import type { TextOutput } from './io.ts';
import { ProgressDisplay, timeLeft } from './progress-display.ts';

/** Milliseconds after which it is shown again though no run has ended: runs may take minutes. */
const SHOW_AGAIN = 1000;

/**
 * Tells how far a study is, by runs: those that were there already say nothing of the time that others take.
 */
export class StudyProgressLine {
  private readonly display: ProgressDisplay;
  private readonly timer: NodeJS.Timeout;
  private now: StudyProgress | null = null;

  constructor(output: TextOutput, name: string) {
    this.display = new ProgressDisplay(output, name);
    this.timer = setInterval(() => this.show(), SHOW_AGAIN);
  }

  update(now: StudyProgress): void {
    this.now = now;
    this.show();
  }

  /** Clears the bar away. */
  end(): void {
    clearInterval(this.timer);
    this.display.end();
  }

  private show(): void {
    if (this.now === null) return;
    const { done, total, kept } = this.now;
    this.display.show(done / total, () => {
      const made = done - kept;
      const left = made > 0 ? (this.display.elapsed * (total - done)) / made : Number.POSITIVE_INFINITY;
      const known = kept > 0 ? `, ${kept} of them known` : '';
      return `${done} of ${total} runs${known}${timeLeft(left)}`;
    });
  }
}
