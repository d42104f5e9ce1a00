import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { Direction, LinkType, PcapngWriter, readCapture } from '../../../engine/pcap-writer/index.ts';
import { LITTLE_ENDIAN } from '../../../engine/pcap-writer/pcapng-format.ts';
import { bytesOf, FileCollector, hexOf } from './file-collector.ts';

const FRAME = bytesOf('ffffffffffff 0a580af40102 0806 00');

/** Where each block of a file in this machine's byte order ends. */
function blockEnds(file: Uint8Array): number[] {
  const view = new DataView(file.buffer);
  const ends: number[] = [];
  for (let offset = 0; offset < file.length; ) {
    offset += view.getUint32(offset + 4, LITTLE_ENDIAN);
    ends.push(offset);
  }
  return ends;
}

describe('PcapngWriter', () => {
  it.runIf(LITTLE_ENDIAN)('writes these very bytes', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { application: 'me', epochNanoseconds: 0x1_0000_0005n });
    const id = writer.addInterface({ name: 'eth0', snapLength: 96 });
    // 5 + 0xfffffffb carries into the upper half of the time stamp.
    writer.writePacket(id, 0xffff_fffb, FRAME, 15, 60, Direction.outbound, 'hi');
    writer.writePacket(id, 7, FRAME, 4, 60, Direction.unknown);
    writer.flush();
    const section =
      '0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0200 6d650000 00000000 28000000';
    const description =
      '01000000 28000000 0100 0000 60000000 0200 0400 65746830 0900 0100 09000000 00000000 28000000';
    const packet =
      '06000000 44000000 00000000 02000000 00000000 0f000000 3c000000 ffffffffffff0a580af4010208060000' +
      '0100 0200 68690000 0200 0400 02000000 00000000 44000000';
    const bare = '06000000 24000000 00000000 01000000 0c000000 04000000 3c000000 ffffffff 24000000';
    const expected = bytesOf(section + description + packet + bare);
    expect(hexOf(file.bytes())).toBe(hexOf(expected));
  });

  it('describes the section and its interfaces', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, {
      hardware: 'none',
      operatingSystem: 'Linux é',
      application: 'test',
    });
    expect(writer.addInterface({ name: 'node1:eth0', description: 'uplink of node 1' })).toBe(0);
    expect(writer.addInterface({ name: '', snapLength: 0, linkType: LinkType.raw })).toBe(1);
    writer.flush();
    expect(readCapture(file.bytes())).toEqual({
      format: 'pcapng',
      hardware: 'none',
      operatingSystem: 'Linux é',
      application: 'test',
      interfaces: [
        { name: 'node1:eth0', description: 'uplink of node 1', snapLength: 262144, linkType: 1 },
        { name: '', description: null, snapLength: 0, linkType: 101 },
      ],
      packets: [],
      truncated: false,
    });
  });

  it('cuts packets to the snap length of their interface', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink);
    const short = writer.addInterface({ name: 'short', snapLength: 5 });
    const whole = writer.addInterface({ name: 'whole', snapLength: 0 });
    for (const id of [short, whole]) writer.writePacket(id, 0, FRAME, 15, 15, Direction.inbound);
    writer.flush();
    const packets = readCapture(file.bytes()).packets;
    expect(packets.map((packet) => [packet.bytes.length, packet.originalLength])).toEqual([
      [5, 15],
      [15, 15],
    ]);
  });

  it('pads with zeros, whatever stood in its buffer before', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { bufferSize: 64 });
    const id = writer.addInterface({ name: 'a' });
    const ones = new Uint8Array(64).fill(0xff);
    writer.writePacket(id, 0, ones, 32, 64, Direction.unknown);
    writer.flush();
    writer.writePacket(id, 0, ones, 5, 64, Direction.unknown, 'x');
    writer.flush();
    const block = file.chunks.at(-1)!;
    expect(hexOf(block.subarray(28, 36))).toBe('ffffffffff000000');
    expect(hexOf(block.subarray(40, 48))).toBe('7800000000000000');
  });

  it('lets the caller make a packet in place', () => {
    const [copied, made] = [new FileCollector(), new FileCollector()];
    const [copying, making] = [copied, made].map((file) => new PcapngWriter(file.sink, { bufferSize: 128 }));
    for (const writer of [copying, making]) writer.addInterface({ name: 'a', snapLength: 16 });
    for (const [length, comment] of [
      [15, null],
      [4, 'four'],
      [16, null],
      [0, ''],
    ] as const) {
      const bytes = new Uint8Array(16).fill(length + 1);
      copying.writePacket(0, 2 ** 33 + length, bytes, length, 99, Direction.inbound, comment);
      making.stampPacket(Float64Array.of(2 ** 33 + length), 0);
      const at = making.reservePacket(0, length, 99, Direction.inbound, comment);
      expect(at % 4).toBe(0);
      expect(making.view.buffer).toBe(making.bytes.buffer);
      making.bytes.fill(length + 1, at, at + length);
    }
    for (const writer of [copying, making]) writer.flush();
    expect(hexOf(made.bytes())).toBe(hexOf(copied.bytes()));
    expect(() => making.reservePacket(0, 17, 99, Direction.inbound)).toThrow(RangeError);
    expect(() => making.reservePacket(0, 10, 9, Direction.inbound)).toThrow(RangeError);
    expect(() => making.reservePacket(1, 0, 9, Direction.inbound)).toThrow(RangeError);
    for (const time of [-1, 0.5, 2 ** 53]) {
      expect(() => making.stampPacket(Float64Array.of(time), 0)).toThrow(RangeError);
    }
  });

  it('repeats packets that it has kept, at other times', () => {
    const [copied, repeated] = [new FileCollector(), new FileCollector()];
    const [copying, repeating] = [copied, repeated].map((file) => new PcapngWriter(file.sink));
    const write = (writer: PcapngWriter, length: number, time: number) =>
      writer.writePacket(0, time, new Uint8Array(length).fill(length), length, 999, Direction.inbound);
    for (const writer of [copying, repeating]) writer.addInterface({ name: 'a' });
    expect(repeating.repeatPacket(0, 999)).toBe(-1);
    repeating.keepImages(3);
    for (const length of [60, 61, 300]) {
      for (const writer of [copying, repeating]) write(writer, length, 5);
      repeating.keepPacket(length - 60, 999);
    }
    // there is none of that length, none of that number, and long ones are not kept
    for (const [number, length] of [
      [0, 998],
      [2, 999],
      [240, 999],
    ]) {
      expect(repeating.repeatPacket(number, length)).toBe(-1);
    }
    for (let i = 0; i < 5000; i++) {
      const time = 2 ** 31 * i;
      const length = 60 + (i % 2);
      write(copying, length, time);
      repeating.stampPacket(Float64Array.of(time), 0);
      const at = repeating.repeatPacket(i % 2, 999);
      expect(repeating.bytes[at + length - 1]).toBe(length);
    }
    for (const writer of [copying, repeating]) writer.flush();
    expect(hexOf(repeated.bytes())).toBe(hexOf(copied.bytes()));
  });

  it('repeats none after a packet that its buffer was too small for', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink);
    writer.addInterface({ name: 'a', snapLength: 0 });
    writer.keepImages(1);
    const write = (length: number) =>
      writer.writePacket(0, 1, new Uint8Array(length), length, length, Direction.inbound);
    write(60);
    writer.keepPacket(0, 60);
    write(300_000);
    expect(writer.repeatPacket(0, 60)).toBe(-1);
    write(60);
    writer.keepPacket(0, 60);
    expect(writer.repeatPacket(0, 60)).toBe(-1);
    writer.flush();
    expect(readCapture(file.bytes()).packets.map(({ bytes }) => bytes.length)).toEqual([60, 300_000, 60]);
  });

  it('keeps a comment as it is, a byte order mark too', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink);
    const id = writer.addInterface({ name: 'a' });
    const comments = ['', '\ufeffmarked', 'two\nlines', '\0', '漢字'];
    for (const comment of comments) writer.writePacket(id, 0, FRAME, 15, 15, Direction.unknown, comment);
    writer.flush();
    expect(readCapture(file.bytes()).packets.map((packet) => packet.comment)).toEqual(comments);
  });

  it('cuts a comment that is too long for the format between two characters', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink);
    const id = writer.addInterface({ name: 'a' });
    writer.writePacket(id, 0, FRAME, 15, 15, Direction.unknown, `${'a'.repeat(65_534)}é`);
    writer.writePacket(id, 0, FRAME, 15, 15, Direction.unknown, `${'a'.repeat(65_533)}é`);
    writer.flush();
    const comments = readCapture(file.bytes()).packets.map((packet) => packet.comment);
    expect(comments).toEqual(['a'.repeat(65_534), `${'a'.repeat(65_533)}é`]);
  });

  it('takes a packet that is larger than its buffer', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { bufferSize: 64 });
    const id = writer.addInterface({ name: 'a' });
    const large = Uint8Array.from({ length: 9000 }, (_, i) => i % 251);
    writer.writePacket(id, 1, large, 9000, 9000, Direction.outbound);
    writer.writePacket(id, 2, FRAME, 15, 15, Direction.outbound);
    writer.flush();
    const packets = readCapture(file.bytes()).packets;
    expect(packets.map((packet) => packet.bytes.length)).toEqual([9000, 15]);
    expect(hexOf(packets[0].bytes)).toBe(hexOf(large));
  });

  it('never hands the same bytes over twice, even when the sink fails', () => {
    const calls: number[] = [];
    const writer = new PcapngWriter((bytes) => {
      calls.push(bytes.length);
      if (calls.length === 1) throw new Error('disk full');
    });
    expect(() => writer.flush()).toThrow('disk full');
    writer.flush();
    expect(calls).toHaveLength(1);
    writer.addInterface({ name: 'a' });
    writer.flush();
    expect(calls).toHaveLength(2);
  });

  it('rejects what cannot be written', () => {
    const writer = new PcapngWriter(() => {});
    const id = writer.addInterface({ name: 'a' });
    const write = (interfaceId: number, time: number, captured: number, original: number) => () =>
      writer.writePacket(interfaceId, time, FRAME, captured, original, Direction.unknown);
    expect(write(id + 1, 0, 15, 15)).toThrow('no interface 1');
    expect(write(-1, 0, 15, 15)).toThrow('no interface -1');
    for (const time of [-1, 0.5, Number.NaN, 2 ** 53]) expect(write(id, time, 15, 15)).toThrow(RangeError);
    expect(write(id, 0, 16, 16)).toThrow('16 of 15 bytes captured');
    expect(write(id, 0, 15, 14)).toThrow('14 on the wire');
    expect(write(id, 0, -1, 15)).toThrow(RangeError);
    expect(write(id, 0, Number.NaN, 15)).toThrow(RangeError);
    expect(() => new PcapngWriter(() => {}, { epochNanoseconds: -1n })).toThrow(RangeError);
    expect(() => new PcapngWriter(() => {}, { epochNanoseconds: 2n ** 63n })).toThrow(RangeError);
    expect(() => new PcapngWriter(() => {}, { bufferSize: 0 })).toThrow(RangeError);
    for (const snapLength of [-1, 1.5, 2 ** 31]) {
      expect(() => writer.addInterface({ name: 'b', snapLength })).toThrow(RangeError);
    }
  });
});

describe('PcapngWriter properties', () => {
  const time = fc.oneof(
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    // Around the carries between the halves of a time stamp.
    fc.tuple(fc.nat(2 ** 21 - 1), fc.integer({ min: -2, max: 2 })).map(([high, low]) => {
      return Math.max(0, high * 2 ** 32 + low);
    }),
  );

  test.prop([fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.array(time, { maxLength: 5 })])(
    'keeps time stamps exact',
    (epochNanoseconds, times) => {
      const file = new FileCollector();
      const writer = new PcapngWriter(file.sink, { epochNanoseconds });
      const id = writer.addInterface({ name: 'a' });
      for (const at of times) writer.writePacket(id, at, FRAME, 15, 15, Direction.inbound);
      writer.flush();
      const read = readCapture(file.bytes()).packets.map((packet) => packet.time);
      expect(read).toEqual(times.map((at) => epochNanoseconds + BigInt(at)));
    },
  );

  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const packet = fc.record({
    interfaceId: fc.nat(),
    time: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 130 }),
    spare: fc.nat(9),
    cut: fc.nat(2000),
    direction: fc.constantFrom(Direction.unknown, Direction.inbound, Direction.outbound),
    comment: fc.option(text),
  });
  const action = fc.oneof(
    { weight: 1, arbitrary: fc.record({ name: text, description: fc.option(text, { nil: undefined }) }) },
    { weight: 4, arbitrary: packet },
    { weight: 1, arbitrary: fc.constant('flush' as const) },
  );

  type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

  /** Writes what the actions say and returns the file, and what should be in it. */
  function write(actions: Action[], bufferSize: number) {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { bufferSize });
    const interfaces: { name: string; description: string | null }[] = [];
    const packets: object[] = [];
    for (const next of actions) {
      if (next === 'flush') writer.flush();
      else if ('name' in next) {
        writer.addInterface(next);
        interfaces.push({ name: next.name, description: next.description ?? null });
      } else if (interfaces.length > 0) {
        const interfaceId = next.interfaceId % interfaces.length;
        const { time, bytes, direction, comment } = next;
        const padded = Uint8Array.from([...bytes, ...new Uint8Array(next.spare)]);
        const originalLength = bytes.length + next.cut;
        writer.writePacket(interfaceId, time, padded, bytes.length, originalLength, direction, comment);
        packets.push({ interfaceId, time: BigInt(time), bytes, originalLength, direction, comment });
      }
    }
    writer.flush();
    return { file, interfaces, packets };
  }

  test.prop([fc.array(action, { maxLength: 40 }), fc.integer({ min: 1, max: 400 })])(
    'gives back all that was written, in chunks of whole blocks',
    (actions, bufferSize) => {
      const { file, interfaces, packets } = write(actions, bufferSize);
      const bytes = file.bytes();
      const capture = readCapture(bytes);
      expect(capture.packets).toEqual(packets);
      expect(capture.interfaces.map(({ name, description }) => ({ name, description }))).toEqual(interfaces);
      expect(capture.truncated).toBe(false);

      const ends = new Set(blockEnds(bytes));
      let written = 0;
      for (const chunk of file.chunks) expect(ends).toContain((written += chunk.length));
    },
  );

  test.prop([fc.array(action, { minLength: 1, maxLength: 10 }), fc.nat()])(
    'is readable wherever it is cut',
    (actions, cut) => {
      const { file, packets } = write(actions, 1000);
      const bytes = file.bytes();
      const ends = blockEnds(bytes);
      const length = ends[0] + (cut % (bytes.length - ends[0] + 1));
      const capture = readCapture(bytes.subarray(0, length));
      expect(capture.packets).toEqual(packets.slice(0, capture.packets.length));
      expect(capture.truncated).toBe(!ends.includes(length));
    },
  );
});
