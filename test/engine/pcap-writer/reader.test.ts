import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  CaptureFormatError,
  Direction,
  PcapngWriter,
  PcapWriter,
  readCapture,
} from '../../../engine/pcap-writer/index.ts';
import { bytesOf, FileCollector } from './file-collector.ts';

/** One block of a big-endian pcapng file. */
function block(type: string, body: string): string {
  const hex = body.replaceAll(' ', '');
  const length = (12 + hex.length / 2).toString(16).padStart(8, '0');
  return type + length + hex + length;
}

const SECTION = block('0a0d0d0a', '1a2b3c4d 0001 0000 ffffffffffffffff');
/** Without options: time stamps in microseconds. */
const MICROSECONDS = block('00000001', '0001 0000 00000040');
/** 0x00000001_00000002 units, inbound, two comments, one byte of four captured. */
const PACKET = block(
  '00000006',
  '00000000 00000001 00000002 00000001 00000004 ab000000' +
    '0001 0003 6f6e6500 0001 0003 74776f00 0002 0004 00000001 0000 0000',
);
const PACKET_UNITS = 0x1_0000_0002n;

function read(...blocks: string[]) {
  return readCapture(bytesOf(blocks.join('')));
}

describe('readCapture of classic pcap', () => {
  it.each([
    ['big endian, microseconds', 'a1b2c3d4 0002 0004', '00000002 00000005', 2_000_005_000n],
    ['big endian, nanoseconds', 'a1b23c4d 0002 0004', '00000002 00000005', 2_000_000_005n],
  ])('reads %s', (_name, magic, stamp, time) => {
    const file = `${magic} 00000000 00000000 0000ffff 00000001 ${stamp} 00000002 00000040 abcd`;
    expect(readCapture(bytesOf(file))).toMatchObject({
      format: 'pcap',
      interfaces: [{ snapLength: 65535, linkType: 1 }],
      packets: [{ time, bytes: bytesOf('abcd'), originalLength: 64 }],
      truncated: false,
    });
  });

  it.each([
    ['microseconds', 'd4c3b2a1', 2_000_005_000n],
    ['nanoseconds', '4d3cb2a1', 2_000_000_005n],
  ])('reads little endian, %s', (_name, magic, time) => {
    const header = `${magic} 0200 0400 00000000 00000000 ffff0000 01000000`;
    const file = `${header} 02000000 05000000 02000000 40000000 abcd`;
    expect(readCapture(bytesOf(file)).packets).toMatchObject([{ time, originalLength: 64 }]);
  });

  const HEADER = 'a1b23c4d 0002 0004 00000000 00000000 0000ffff 00000001';

  it.each([
    ['cut off within the header', HEADER.slice(0, -4), 'header cut off'],
    ['of another version', HEADER.replace('0002 0004', '0003 0000'), 'version 3'],
    ['with a packet of 2 GiB', `${HEADER} 00000000 00000000 7fffffff 7fffffff`, '2147483647 bytes'],
  ])('rejects a file %s', (_name, file, message) => {
    expect(() => readCapture(bytesOf(file))).toThrow(message);
  });

  it('marks a file that ends within a packet', () => {
    const file = `${HEADER} 00000000 00000000 00000002 00000002 abcd 00000000 00000000 00000002 00000002 ab`;
    expect(readCapture(bytesOf(file))).toMatchObject({ packets: [{ originalLength: 2 }], truncated: true });
  });
});

describe('readCapture of pcapng', () => {
  it('reads a big-endian file', () => {
    expect(read(SECTION, MICROSECONDS, PACKET)).toMatchObject({
      format: 'pcapng',
      interfaces: [{ name: null, description: null, snapLength: 64, linkType: 1 }],
      packets: [
        {
          interfaceId: 0,
          time: PACKET_UNITS * 1000n,
          bytes: bytesOf('ab'),
          originalLength: 4,
          direction: Direction.inbound,
          comment: 'one\ntwo',
        },
      ],
    });
  });

  it.each([
    ['nanoseconds', '0009 0001 09000000', PACKET_UNITS],
    ['milliseconds', '0009 0001 03000000', PACKET_UNITS * 1_000_000n],
    ['2^-10 seconds', '0009 0001 8a000000', (PACKET_UNITS * 1_000_000_000n) / 1024n],
    ['an offset of 3 seconds', '000e 0008 0000000000000003', PACKET_UNITS * 1000n + 3_000_000_000n],
    ['an offset of -1 second', '000e 0008 ffffffffffffffff', PACKET_UNITS * 1000n - 1_000_000_000n],
  ])('reads time stamps with %s', (_name, option, time) => {
    const description = block('00000001', `0001 0000 00000040 ${option} 0000 0000`);
    expect(read(SECTION, description, PACKET).packets[0].time).toBe(time);
  });

  it('reads simple and obsolete packet blocks and passes others over', () => {
    const simple = block('00000003', '00000002 abcd0000');
    const cut = block('00000003', `00000080 ${'ee'.repeat(64)}`);
    const obsolete = block('00000002', '0000 0009 00000000 00000007 00000001 00000002 ab000000');
    const statistics = block('00000005', '00000000 00000000 00000000');
    const capture = read(SECTION, MICROSECONDS, simple, cut, statistics, obsolete);
    expect(capture.packets).toMatchObject([
      { time: 0n, bytes: bytesOf('abcd'), originalLength: 2 },
      { time: 0n, bytes: bytesOf('ee'.repeat(64)), originalLength: 128 },
      { time: 7000n, bytes: bytesOf('ab'), originalLength: 2 },
    ]);
  });

  it('numbers the interfaces of several sections through, each in its own byte order', () => {
    const little =
      '0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000' +
      '01000000 14000000 0100 0000 00000000 14000000' +
      '06000000 20000000 00000000 00000000 07000000 00000000 05000000 20000000';
    const capture = read(SECTION, MICROSECONDS, PACKET, little);
    expect(capture.interfaces).toHaveLength(2);
    expect(capture.packets).toMatchObject([{ interfaceId: 0 }, { interfaceId: 1, time: 7000n }]);
  });

  it.each([
    ['no byte-order magic', block('0a0d0d0a', '00000000 0001 0000 ffffffffffffffff'), 'magic'],
    ['another version', block('0a0d0d0a', '1a2b3c4d 0002 0000 ffffffffffffffff'), 'version 2'],
    ['a header cut off', SECTION.slice(0, 40), 'cut off'],
    ['a section header too short', block('0a0d0d0a', '1a2b3c4d'), 'too short'],
    ['a packet of no interface', SECTION + PACKET, 'interface 0, which is not described'],
    ['a block length that is no multiple of 4', `${SECTION}0000000100000013`.padEnd(96, '0'), '19 bytes'],
    ['a block length of 8', `${SECTION}0000000100000008`.padEnd(96, '0'), '8 bytes'],
    ['a block of 2 GiB', `${SECTION}0000000180000000`.padEnd(96, '0'), '2147483648 bytes'],
    ['two lengths that differ', `${SECTION}0000000b0000000c00000010`, '12 bytes first and 16 last'],
    [
      'a packet longer than its block',
      SECTION + MICROSECONDS + PACKET.replace('0000000100000004ab', '0000004000000040ab'),
      'packet of 64 bytes',
    ],
    [
      'an option longer than its block',
      SECTION + block('00000001', '0001 0000 00000040 0002 00ff 61000000'),
      'option longer',
    ],
  ])('rejects a file with %s', (_name, file, message) => {
    expect(() => read(file)).toThrow(CaptureFormatError);
    expect(() => read(file)).toThrow(message);
  });

  it('says where the trouble begins', () => {
    const file = bytesOf(`${SECTION}${MICROSECONDS}0000000b0000000c00000010`);
    expect(() => readCapture(file)).toThrow(expect.objectContaining({ offset: 48 }));
  });
});

describe('readCapture of anything', () => {
  it.each([
    ['', 'too short'],
    ['0a0d', 'too short'],
    ['1f8b0800', 'gzip'],
    ['7b226122', 'no capture file: it begins with 0x7b226122'],
  ])('rejects %s', (hex, message) => {
    expect(() => readCapture(bytesOf(hex))).toThrow(message);
  });

  /** A small valid file of each format. */
  const valid = fc.constantFrom(PcapngWriter, PcapWriter).map((Writer) => {
    const file = new FileCollector();
    const writer = new Writer(file.sink);
    const frame = new Uint8Array(20);
    if (writer instanceof PcapngWriter) {
      writer.addInterface({ name: 'a', description: 'b' });
      writer.writePacket(0, 1, frame, 18, 20, Direction.inbound, 'comment');
    } else {
      writer.writePacket(1, frame, 18, 20);
    }
    writer.flush();
    return file.bytes();
  });
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });

  /** Either an answer or the one error that is promised. */
  function readOrReject(bytes: Uint8Array): void {
    try {
      readCapture(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(CaptureFormatError);
    }
  }

  test.prop([valid, changes])('answers or rejects a damaged file', (file, damage) => {
    for (const [place, value] of damage) file[place % file.length] = value;
    readOrReject(file);
  });

  test.prop([fc.constantFrom('0a0d0d0a', 'a1b2c3d4', '4d3cb2a1', ''), fc.uint8Array({ maxLength: 200 })])(
    'answers or rejects any bytes',
    (magic, bytes) => readOrReject(Uint8Array.from([...bytesOf(magic), ...bytes])),
  );
});
