import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Direction, LinkType, PcapWriter, readCapture } from '../../../engine/pcap-writer/index.ts';
import { bytesOf, FileCollector, hexOf } from './file-collector.ts';

const FRAME = bytesOf('ffffffffffff 0a580af40102 0806 00');

describe('PcapWriter', () => {
  it('writes these very bytes', () => {
    const file = new FileCollector();
    const writer = new PcapWriter(file.sink, {
      epochNanoseconds: 1_000_000_000_999_999_999n,
      snapLength: 96,
    });
    writer.writePacket(1, FRAME, 15, 60);
    writer.flush();
    expect(hexOf(file.bytes())).toBe(
      hexOf(
        bytesOf(
          '4d3cb2a1 0200 0400 00000000 00000000 60000000 01000000' +
            '01ca9a3b 00000000 0f000000 3c000000 ffffffffffff0a580af40102080600',
        ),
      ),
    );
  });

  it('cuts packets to the snap length', () => {
    const file = new FileCollector();
    const writer = new PcapWriter(file.sink, { snapLength: 5, linkType: LinkType.raw });
    writer.writePacket(0, FRAME, 15, 15);
    writer.flush();
    const capture = readCapture(file.bytes());
    expect(capture.interfaces).toEqual([{ name: null, description: null, snapLength: 5, linkType: 101 }]);
    expect(capture.packets).toMatchObject([{ bytes: FRAME.subarray(0, 5), originalLength: 15 }]);
  });

  it('lets the caller make a packet in place', () => {
    const [copied, made] = [new FileCollector(), new FileCollector()];
    const [copying, making] = [copied, made].map(
      (file) => new PcapWriter(file.sink, { bufferSize: 50, snapLength: 16 }),
    );
    for (const length of [15, 4, 16, 0]) {
      copying.writePacket(2 ** 33 + length, new Uint8Array(16).fill(length + 1), length, 99);
      making.stampPacket(Float64Array.of(2 ** 33 + length), 0);
      const at = making.reservePacket(length, 99);
      making.bytes.fill(length + 1, at, at + length);
    }
    for (const writer of [copying, making]) writer.flush();
    expect(hexOf(made.bytes())).toBe(hexOf(copied.bytes()));
    expect(() => making.reservePacket(17, 99)).toThrow(RangeError);
    expect(() => making.reservePacket(10, 9)).toThrow(RangeError);
  });

  it('rejects what cannot be written', () => {
    const writer = new PcapWriter(() => {});
    for (const time of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => writer.writePacket(time, FRAME, 15, 15)).toThrow(RangeError);
    }
    expect(() => writer.writePacket(0, FRAME, 16, 16)).toThrow('16 of 15 bytes captured');
    expect(() => writer.writePacket(0, FRAME, 15, 14)).toThrow('14 on the wire');
    expect(() => new PcapWriter(() => {}, { snapLength: 0 })).toThrow(RangeError);
    expect(() => new PcapWriter(() => {}, { epochNanoseconds: -1n })).toThrow(RangeError);
    expect(() => new PcapWriter(() => {}, { epochNanoseconds: 2n ** 32n * 10n ** 9n })).toThrow(RangeError);
  });

  const packet = fc.record({
    time: fc.oneof(
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      // Just below and above full seconds, where a rounded quotient would be one off.
      fc.tuple(fc.nat(9_007_198), fc.integer({ min: -2, max: 2 })).map(([seconds, rest]) => {
        return Math.max(0, seconds * 1_000_000_000 + rest);
      }),
    ),
    bytes: fc.uint8Array({ maxLength: 130 }),
    cut: fc.nat(2000),
  });
  const epoch = fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n });

  test.prop([epoch, fc.array(packet, { maxLength: 20 }), fc.integer({ min: 1, max: 400 })])(
    'gives back all that was written',
    (epochNanoseconds, packets, bufferSize) => {
      const file = new FileCollector();
      const writer = new PcapWriter(file.sink, { epochNanoseconds, bufferSize });
      for (const { time, bytes, cut } of packets) {
        writer.writePacket(time, bytes, bytes.length, bytes.length + cut);
      }
      writer.flush();
      const capture = readCapture(file.bytes());
      expect(capture.truncated).toBe(false);
      expect(capture.packets).toEqual(
        packets.map(({ time, bytes, cut }) => ({
          interfaceId: 0,
          time: epochNanoseconds + BigInt(time),
          bytes,
          originalLength: bytes.length + cut,
          direction: Direction.unknown,
          comment: null,
        })),
      );
    },
  );

  test.prop([fc.array(packet, { maxLength: 5 }), fc.nat()])(
    'is readable wherever it is cut behind its header',
    (packets, cut) => {
      const file = new FileCollector();
      const writer = new PcapWriter(file.sink);
      const ends = [24];
      for (const { time, bytes } of packets) {
        writer.writePacket(time, bytes, bytes.length, bytes.length);
        ends.push(ends.at(-1)! + 16 + bytes.length);
      }
      writer.flush();
      const whole = file.bytes();
      const length = 24 + (cut % (whole.length - 23));
      const capture = readCapture(whole.subarray(0, length));
      expect(capture.truncated).toBe(!ends.includes(length));
      expect(capture.packets).toHaveLength(ends.filter((end) => end <= length).length - 1);
    },
  );
});
