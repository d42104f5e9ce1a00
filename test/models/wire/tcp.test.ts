import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { isParseError } from '../../../models/wire/parse-error.ts';
import {
  emitTcp,
  finishTcpChecksum,
  parseTcp,
  printTcp,
  printTcpFlags,
  TcpFlag,
  type TcpHeader,
} from '../../../models/wire/tcp.ts';
import { bytes as arbitraryBytes, ipv4Address, tcpFields, uint16 } from './arbitraries.ts';
import { bytesOf, hexOf, TCP_DATA, TCP_RESET, TCP_SACK, TCP_SYN } from './literal-frames.ts';

/** Ethernet and IPv4 header in front of the captured segments. */
const START = 34;
const POD1 = 0x0af40102;
const POD2 = 0x0af40202;

/** Header and addresses of a captured segment. */
function parse(frame: Uint8Array): { header: TcpHeader; source: number; destination: number } {
  const words = new DataView(frame.buffer);
  const source = words.getInt32(26);
  const destination = words.getInt32(30);
  const header = parseTcp(frame, START, frame.length, source, destination);
  if (isParseError(header)) throw new Error(header.message);
  return { header, source, destination };
}

function print(frame: Uint8Array, verbose?: boolean): string {
  const { header, source, destination } = parse(frame);
  return printTcp(header, source, destination, frame.length - START - header.headerLength, verbose);
}

describe('TCP header', () => {
  it('constructs a captured segment', () => {
    const bytes = TCP_DATA.slice();
    bytes.fill(0xee, START, START + 32);
    const length = emitTcp(bytes, START, 80, 20001, {
      sequence: 0x6e099d99,
      acknowledgement: 0x487b4e6f,
      flags: TcpFlag.psh | TcpFlag.ack,
      window: 67,
      options: bytesOf('0101080afc90cbe8cac5aad5'),
    });
    expect(length).toBe(32);
    finishTcpChecksum(bytes, START, bytes.length - START, POD2, POD1);
    expect(hexOf(bytes)).toBe(hexOf(TCP_DATA));
  });

  it('deconstructs a captured segment', () => {
    expect(parse(TCP_SYN).header).toEqual({
      sourcePort: 20003,
      destinationPort: 80,
      sequence: 0x12c7e25c,
      acknowledgement: 0,
      headerLength: 40,
      flags: TcpFlag.syn,
      window: 64240,
      checksum: 'correct',
      urgentPointer: 0,
      options: bytesOf('020405b40402080a543bdb170000000001 03030a'),
    });
  });

  it('emits what it parsed', () => {
    for (const frame of [TCP_DATA, TCP_SACK, TCP_RESET]) {
      const { header, source, destination } = parse(frame);
      expect(header.checksum).toBe('correct');
      const bytes = frame.slice();
      emitTcp(bytes, START, header.sourcePort, header.destinationPort, header);
      finishTcpChecksum(bytes, START, bytes.length - START, source, destination);
      expect(hexOf(bytes)).toBe(hexOf(frame));
    }
  });

  it('cannot verify a segment of which bytes are missing', () => {
    const header = parseTcp(TCP_DATA, START, TCP_DATA.length - 1, POD2, POD1, TCP_DATA.length);
    expect(header).toMatchObject({ sourcePort: 80, checksum: 'unverifiable' });
  });

  it('rejects impossible header lengths', () => {
    expect(parseTcp(TCP_DATA, START, START + 19, POD2, POD1)).toMatchObject({ reason: 'truncated' });
    expect(parseTcp(TCP_DATA, START, START + 31, POD2, POD1)).toMatchObject({ reason: 'truncated' });
    const bytes = TCP_DATA.slice();
    bytes[START + 12] = 0x40;
    expect(parseTcp(bytes, START, bytes.length, POD2, POD1)).toMatchObject({ reason: 'bad_header_length' });
  });

  test.prop([uint16, uint16, tcpFields, arbitraryBytes, ipv4Address, ipv4Address])(
    'comes back from its bytes',
    (sourcePort, destinationPort, fields, data, source, destination) => {
      const bytes = new Uint8Array(200);
      const headerLength = emitTcp(bytes, 0, sourcePort, destinationPort, fields);
      bytes.set(data, headerLength);
      const length = headerLength + data.length;
      finishTcpChecksum(bytes, 0, length, source, destination);
      const expected = { ...fields, sourcePort, destinationPort, headerLength, checksum: 'correct' };
      expect(parseTcp(bytes, 0, length, source, destination)).toEqual(expected);
    },
  );

  test.prop([fc.uint8Array({ maxLength: 80 }), fc.nat(60), fc.nat(100)])(
    'reads and prints any bytes',
    (bytes, offset, end) => {
      const header = parseTcp(bytes, offset, end, POD1, POD2);
      if (isParseError(header)) return;
      expect(offset + header.headerLength).toBeLessThanOrEqual(Math.min(end, bytes.length));
      expect(printTcp(header, POD1, POD2, 5)).toMatch(/ Flags \[.+\], .*, length 5$/);
    },
  );
});

describe('printTcp', () => {
  it.each([
    [
      TCP_SYN,
      '10.244.1.2.20003 > 10.99.0.1.80: Flags [S], seq 315089500, win 64240, ' +
        'options [mss 1460,sackOK,TS val 1413208855 ecr 0,nop,wscale 10], length 0',
    ],
    [
      TCP_DATA,
      '10.244.2.2.80 > 10.244.1.2.20001: Flags [P.], seq 1846123929:1846123931, ack 1216040559, win 67, ' +
        'options [nop,nop,TS val 4237347816 ecr 3401951957], length 2',
    ],
    [
      TCP_SACK,
      '10.244.2.2.5001 > 10.244.1.2.20001: Flags [.], ack 1884349410, win 158, ' +
        'options [nop,nop,TS val 2432366691 ecr 62226948,nop,nop,' +
        'sack 2 {1884356650:1884358098}{1884350858:1884353754}], length 0',
    ],
    [TCP_RESET, '10.244.2.2.81 > 10.244.1.2.20001: Flags [R.], seq 0, ack 1360745798, win 0, length 0'],
  ])('prints a captured segment as tcpdump -S does (%#)', (frame, text) => {
    expect(print(frame)).toBe(text);
  });

  it('says what is known of the checksum when asked', () => {
    expect(print(TCP_RESET, true)).toContain('Flags [R.], cksum correct, seq 0');
  });

  it('prints flags', () => {
    expect(printTcpFlags(0)).toBe('none');
    expect(printTcpFlags(TcpFlag.syn | TcpFlag.ack)).toBe('S.');
    expect(printTcpFlags(0x1ff)).toBe('FSRP.UEWe');
  });

  it('prints an option list that is no list', () => {
    const { header } = parse(TCP_RESET);
    expect(printTcp({ ...header, options: bytesOf('02ff0000') }, POD1, POD2, 0)).toContain(
      'options [bad opt]',
    );
  });

  it('wraps the end of the data around 2^32 and prints an urgent pointer', () => {
    const { header } = parse(TCP_RESET);
    const urgent = { ...header, flags: TcpFlag.ack | TcpFlag.urg, urgentPointer: 3, sequence: 0xffffffff };
    expect(printTcp(urgent, POD1, POD2, 5)).toContain(
      'seq 4294967295:4, ack 1360745798, win 0, urg 3, length 5',
    );
  });
});
