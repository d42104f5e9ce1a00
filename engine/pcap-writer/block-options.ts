import { CaptureFormatError } from './capture.ts';
import { OptionCode } from './pcapng-format.ts';

// A byte order mark is part of the text: it must come back as it was written.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The options of one block.
 *
 * @internal
 */
export class BlockOptions {
  private readonly found: { code: number; value: DataView }[] = [];
  private readonly littleEndian: boolean;

  constructor(littleEndian: boolean) {
    this.littleEndian = littleEndian;
  }

  add(code: number, value: DataView): void {
    this.found.push({ code, value });
  }

  /** The first option of this code as text. */
  text(code: number): string | null {
    const option = this.found.find((candidate) => candidate.code === code);
    return option === undefined ? null : decoder.decode(option.value);
  }

  /** All options of this code as lines of one text. */
  texts(code: number): string | null {
    const options = this.found.filter((candidate) => candidate.code === code);
    return options.length === 0 ? null : options.map((option) => decoder.decode(option.value)).join('\n');
  }

  uint8(code: number): number | undefined {
    return this.value(code, 1)?.getUint8(0);
  }

  uint32(code: number): number | undefined {
    return this.value(code, 4)?.getUint32(0, this.littleEndian);
  }

  int64(code: number): bigint | undefined {
    return this.value(code, 8)?.getBigInt64(0, this.littleEndian);
  }

  /** An option of another length than its code calls for is as good as none. */
  private value(code: number, length: number): DataView | undefined {
    return this.found.find((option) => option.code === code && option.value.byteLength === length)?.value;
  }
}

export const NO_OPTIONS = new BlockOptions(true);

/**
 * Reads the option list from `start` to `end`.
 *
 * @throws CaptureFormatError when an option ends beyond `end`
 * @internal
 */
export function readOptions(view: DataView, start: number, end: number, littleEndian: boolean): BlockOptions {
  const options = new BlockOptions(littleEndian);
  let offset = start;
  while (end - offset >= 4) {
    const code = view.getUint16(offset, littleEndian);
    const length = view.getUint16(offset + 2, littleEndian);
    if (code === OptionCode.endOfOptions) break;
    offset += 4;
    if (length > end - offset)
      throw new CaptureFormatError('pcapng option longer than its block', offset - 4);
    options.add(code, new DataView(view.buffer, view.byteOffset + offset, length));
    offset += (length + 3) & ~3;
  }
  return options;
}
