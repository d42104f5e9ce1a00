/** Where a command writes. */
export interface OutputStream {
  write(text: string): void;
}

/** Keeps what is written. */
export class TextBuffer implements OutputStream {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

/** `/dev/null`. */
export const NULL_STREAM: OutputStream = { write: () => {} };
