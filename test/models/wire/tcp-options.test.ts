import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { isParseError } from '../../../models/wire/parse-error.ts';
import {
  emitTcpOptions,
  parseTcpOptions,
  printTcpOptions,
  type TcpOption,
  tcpOptionsLength,
} from '../../../models/wire/tcp-options.ts';
import { tcpOption } from './arbitraries.ts';
import { bytesOf, hexOf } from './literal-frames.ts';

/** Of a captured SYN. */
const SYN_BYTES = bytesOf('020405b4 0402 080a543bdb1700000000 01 03030a');
const SYN_OPTIONS: TcpOption[] = [
  { kind: 'maximumSegmentSize', size: 1460 },
  { kind: 'sackPermitted' },
  { kind: 'timestamps', value: 0x543bdb17, echoReply: 0 },
  { kind: 'noOperation' },
  { kind: 'windowScale', shift: 10 },
];

describe('TCP options', () => {
  it('deconstructs the options of a captured SYN', () => {
    expect(parseTcpOptions(SYN_BYTES)).toEqual(SYN_OPTIONS);
  });

  it('constructs them', () => {
    const bytes = new Uint8Array(20);
    expect(emitTcpOptions(bytes, 0, SYN_OPTIONS)).toBe(20);
    expect(hexOf(bytes)).toBe(hexOf(SYN_BYTES));
  });

  it('stops at the end of the list', () => {
    expect(parseTcpOptions(bytesOf('01 00 02ff'))).toEqual([{ kind: 'noOperation' }]);
  });

  it('pads with the end of the list', () => {
    const bytes = new Uint8Array(5).fill(0xee);
    expect(emitTcpOptions(bytes, 0, [{ kind: 'windowScale', shift: 7 }])).toBe(4);
    expect(hexOf(bytes)).toBe('03030700ee');
  });

  it('keeps options that it does not know, or whose length is wrong', () => {
    expect(parseTcpOptions(bytesOf('fe04abcd 0203ff 0502'))).toEqual([
      { kind: 'other', code: 254, data: bytesOf('abcd') },
      { kind: 'other', code: 2, data: bytesOf('ff') },
      { kind: 'other', code: 5, data: bytesOf('') },
    ]);
  });

  it.each(['02', '0200', '0201', '020405', '0105'])('rejects the list %s', (hex) => {
    expect(parseTcpOptions(bytesOf(hex))).toMatchObject({ reason: 'bad_option' });
  });

  it('prints unknown options', () => {
    expect(printTcpOptions([{ kind: 'other', code: 254, data: bytesOf('abcd') }])).toBe('unknown-254 0xabcd');
  });

  test.prop([fc.array(tcpOption, { maxLength: 6 })])('come back from their bytes', (options) => {
    const bytes = new Uint8Array(300);
    const length = emitTcpOptions(bytes, 0, options);
    expect(length).toBe(tcpOptionsLength(options));
    expect(length % 4).toBe(0);
    expect(parseTcpOptions(bytes.subarray(0, length))).toEqual(options);
  });

  test.prop([fc.uint8Array({ maxLength: 40 })])('are read from any bytes, and written back', (bytes) => {
    const options = parseTcpOptions(bytes);
    if (isParseError(options)) return;
    const emitted = new Uint8Array(48);
    emitTcpOptions(emitted, 0, options);
    // Up to the end of the list; what stands behind it is padding.
    const list = options.length === 0 ? 0 : hexOf(emitted).replace(/(00)+$/, '').length / 2;
    expect(hexOf(emitted.subarray(0, list))).toBe(hexOf(bytes.subarray(0, list)));
  });
});
