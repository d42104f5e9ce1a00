import type { HandOnCaptures } from '../../scenarios/builder/open-captures.ts';
import type { OutputFolder } from '../output-folder.ts';
import { CaptureWriting, type ThreadPolicy } from './capture-writing.ts';

/** Where the captures of a run go. */
export class CaptureOutlet {
  /** For the run that is built; absent when all is written where it is simulated. */
  readonly handOn: HandOnCaptures | undefined;
  private writing: CaptureWriting | null = null;

  constructor(folder: OutputFolder, policy: ThreadPolicy | null) {
    if (policy === null) return;
    this.handOn = (files, formats, { network }) => {
      const placed = formats.map((format) => ({ ...format, path: folder.pathOf(format.file) }));
      this.writing = new CaptureWriting(files, placed, network.macs, policy);
      return this.writing;
    };
  }

  /**
   * Closes the files that a thread has written; they were flushed.
   * @throws Error what the disk refuses
   */
  async close(): Promise<void> {
    await this.writing?.close();
  }

  /** Whatever is being written need not be. */
  async abandon(): Promise<void> {
    await this.writing?.abandon();
  }
}
