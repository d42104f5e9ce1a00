import type { StudyProgress } from '../study/conduct.ts';
import type { TextOutput } from './io.ts';
import { ProgressDisplay, timeLeft } from './progress-display.ts';

/** Tells how far a study is, by runs: those that were there already say nothing of the time that others take. */
export class StudyProgressLine {
  private readonly display: ProgressDisplay;

  constructor(output: TextOutput, name: string) {
    this.display = new ProgressDisplay(output, name);
  }

  update({ done, total, kept }: StudyProgress): void {
    this.display.show(done / total, () => {
      const made = done - kept;
      const left = made > 0 ? (this.display.elapsed * (total - done)) / made : Number.POSITIVE_INFINITY;
      const known = kept > 0 ? `, ${kept} of them known` : '';
      return `${done} of ${total} runs${known}${timeLeft(left)}`;
    });
  }

  /** Clears the bar away. */
  end(): void {
    this.display.end();
  }
}
