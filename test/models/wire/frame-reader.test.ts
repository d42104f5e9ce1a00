import { test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { MacTable } from '../../../models/mac-table.ts';
import { Packet } from '../../../models/packet.ts';
import { writeFrame } from '../../../models/wire/frame-bytes.ts';
import { describeFrame } from '../../../models/wire/frame-printer.ts';
import { readFrame } from '../../../models/wire/frame-reader.ts';
import { bytes as arbitraryBytes } from './arbitraries.ts';
import * as frames from './literal-frames.ts';

const LITERAL = Object.entries(frames).filter(
  (entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array && !entry[0].endsWith('_HEAD'),
);

function roundTrip(frame: Uint8Array): Uint8Array | undefined {
  const [packet, macs] = [new Packet(), new MacTable()];
  if (!readFrame(packet, frame, macs)) return undefined;
  const bytes = new Uint8Array(packet.length);
  expect(writeFrame(packet, macs, bytes, 0)).toBe(packet.length);
  return bytes;
}

describe('a frame read from its bytes', () => {
  it.each(LITERAL)('gives the same bytes again: %s', (_name, frame) => {
    const again = roundTrip(frame)!;
    expect(again).toEqual(frame.slice(0, again.length));
  });

  it('keeps its 802.1Q tag', () => {
    const [, frame] = LITERAL.find(([name]) => name === 'UDP_DATAGRAM')!;
    const tagged = Uint8Array.from([...frame.slice(0, 12), 0x81, 0, 0x60, 7, ...frame.slice(12)]);
    expect(roundTrip(tagged)).toEqual(tagged);
    expect(describeFrame(tagged)).toContain('vlan 7, p 3');
  });

  it('is refused when a header is cut off', () => {
    const [, frame] = LITERAL.find(([name]) => name === 'UDP_DATAGRAM')!;
    expect([13, 20, 33, 36].map((length) => roundTrip(frame.slice(0, length)))).toEqual(
      Array(4).fill(undefined),
    );
  });

  test.prop([arbitraryBytes])('never goes beyond what is there', (bytes) => {
    const packet = new Packet();
    if (readFrame(packet, bytes, new MacTable())) expect(packet.length).toBeLessThanOrEqual(bytes.length);
  });
});
