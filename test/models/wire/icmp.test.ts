import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  emitIcmp,
  emitIcmpMessage,
  finishIcmpChecksum,
  type IcmpMessage,
  IcmpType,
  parseIcmp,
  type ReceivedIcmpMessage,
  RedirectCode,
  UnreachableCode,
} from '../../../models/wire/icmp.ts';
import { printIcmp } from '../../../models/wire/icmp-printer.ts';
import { isParseError } from '../../../models/wire/parse-error.ts';
import { icmpMessage, offsetInBuffer } from './arbitraries.ts';
import {
  bytesOf,
  ECHO_REPLY,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED_HEAD,
  FRAGMENTATION_NEEDED_LENGTH,
  HOST_UNREACHABLE,
  hexOf,
  NET_UNREACHABLE,
  PORT_UNREACHABLE,
  TIME_EXCEEDED,
} from './literal-frames.ts';

/** Ethernet and IPv4 header in front of the message in every captured frame here. */
const START = 34;

function parse(frame: Uint8Array, originalEnd?: number): ReceivedIcmpMessage {
  const message = parseIcmp(frame, START, frame.length, originalEnd);
  if (isParseError(message)) throw new Error(message.message);
  return message;
}

const TIMESTAMP_REPLY: IcmpMessage = {
  kind: 'timestampReply',
  identifier: 7,
  sequence: 1,
  originate: 0,
  receive: 3_723_004,
  transmit: 86_399_999,
};

describe('ICMP message', () => {
  it('constructs a captured echo request', () => {
    const bytes = ECHO_REQUEST.slice();
    bytes.fill(0xee, START, START + 8);
    expect(emitIcmp(bytes, START, IcmpType.echoRequest, 0, 0x27a20001)).toBe(8);
    finishIcmpChecksum(bytes, START, bytes.length - START);
    expect(hexOf(bytes)).toBe(hexOf(ECHO_REQUEST));
  });

  it('deconstructs captured messages', () => {
    expect(parse(ECHO_REPLY)).toEqual({
      kind: 'echoReply',
      identifier: 0x27a2,
      sequence: 1,
      data: ECHO_REPLY.subarray(START + 8),
      checksum: 'correct',
    });
    expect(parse(TIME_EXCEEDED)).toEqual({
      kind: 'timeExceeded',
      code: 0,
      datagram: TIME_EXCEEDED.subarray(START + 8),
      checksum: 'correct',
    });
    expect(parse(PORT_UNREACHABLE)).toMatchObject({
      kind: 'destinationUnreachable',
      code: UnreachableCode.port,
      nextHopMtu: 0,
      checksum: 'correct',
    });
    expect(parse(FRAGMENTATION_NEEDED_HEAD, FRAGMENTATION_NEEDED_LENGTH)).toMatchObject({
      kind: 'destinationUnreachable',
      code: UnreachableCode.fragmentationNeeded,
      nextHopMtu: 1400,
      checksum: 'unverifiable',
    });
  });

  it('emits what it parsed', () => {
    const frames = [
      ECHO_REQUEST,
      ECHO_REPLY,
      TIME_EXCEEDED,
      NET_UNREACHABLE,
      HOST_UNREACHABLE,
      PORT_UNREACHABLE,
    ];
    for (const frame of frames) {
      const bytes = new Uint8Array(frame.length - START);
      expect(emitIcmpMessage(bytes, 0, parse(frame))).toBe(bytes.length);
      expect(hexOf(bytes)).toBe(hexOf(frame.subarray(START)));
    }
  });

  it('tells a wrong checksum and goes on', () => {
    const frame = ECHO_REQUEST.slice();
    frame[60] ^= 1;
    expect(parse(frame)).toMatchObject({ kind: 'echoRequest', checksum: 'incorrect' });
  });

  it('rejects a short message', () => {
    expect(parseIcmp(ECHO_REQUEST, START, START + 7)).toMatchObject({ reason: 'truncated' });
    const timestamp = new Uint8Array(20);
    emitIcmpMessage(timestamp, 0, TIMESTAMP_REPLY);
    expect(parseIcmp(timestamp, 0, 19)).toMatchObject({ reason: 'truncated' });
  });

  test.prop([icmpMessage, offsetInBuffer])('comes back from its bytes', (message, offset) => {
    const bytes = new Uint8Array(200);
    const length = emitIcmpMessage(bytes, offset, message);
    expect(parseIcmp(bytes, offset, offset + length)).toEqual({ ...message, checksum: 'correct' });
    expect(parseIcmp(bytes, offset, offset + length, offset + length + 1)).toEqual({
      ...message,
      checksum: 'unverifiable',
    });
    expect(hexOf(bytes.fill(0, offset, offset + length))).toBe('00'.repeat(200));
  });

  test.prop([fc.uint8Array({ maxLength: 80 }), fc.constantFrom(0, 3, 5, 8, 11, 12, 13, 14, 42)])(
    'reads and prints any bytes',
    (bytes, type) => {
      if (bytes.length > 0) bytes[0] = type;
      const message = parseIcmp(bytes, 0, bytes.length);
      if (isParseError(message)) expect(bytes.length).toBeLessThan(type === 13 || type === 14 ? 20 : 8);
      else expect(printIcmp(message, bytes.length)).toMatch(/^ICMP .*, length \d+$/);
    },
  );
});

describe('printIcmp', () => {
  it.each([
    [ECHO_REQUEST, 'ICMP echo request, id 10146, seq 1, length 64'],
    [ECHO_REPLY, 'ICMP echo reply, id 10146, seq 1, length 64'],
    [TIME_EXCEEDED, 'ICMP time exceeded in-transit, length 68'],
    [NET_UNREACHABLE, 'ICMP net 10.99.0.1 unreachable, length 68'],
    [HOST_UNREACHABLE, 'ICMP host 10.244.2.99 unreachable, length 56'],
    [PORT_UNREACHABLE, 'ICMP 10.244.2.2 udp port 9999 unreachable, length 37'],
    [FRAGMENTATION_NEEDED_HEAD, 'ICMP 10.244.2.2 unreachable - need to frag (mtu 1400), length 68'],
  ])('prints a captured message as tcpdump does (%#)', (frame, text) => {
    expect(printIcmp(parse(frame), frame.length - START)).toBe(text);
  });

  const datagram = PORT_UNREACHABLE.subarray(START + 8);

  it.each([
    [UnreachableCode.protocol, '10.244.2.2 protocol 17 unreachable'],
    [UnreachableCode.fragmentationNeeded, '10.244.2.2 unreachable - need to frag'],
    [UnreachableCode.sourceRouteFailed, '10.244.2.2 unreachable - source route failed'],
    [UnreachableCode.netUnknown, 'net 10.244.2.2 unreachable - unknown'],
    [UnreachableCode.hostUnknown, 'host 10.244.2.2 unreachable - unknown'],
    [UnreachableCode.sourceHostIsolated, '10.244.2.2 unreachable - source host isolated'],
    [UnreachableCode.netProhibited, 'net 10.244.2.2 unreachable - admin prohibited'],
    [UnreachableCode.hostProhibited, 'host 10.244.2.2 unreachable - admin prohibited'],
    [UnreachableCode.netTypeOfService, 'net 10.244.2.2 unreachable - tos prohibited'],
    [UnreachableCode.hostTypeOfService, 'host 10.244.2.2 unreachable - tos prohibited'],
    [UnreachableCode.communicationProhibited, 'host 10.244.2.2 unreachable - admin prohibited filter'],
    [UnreachableCode.hostPrecedence, 'host 10.244.2.2 unreachable - host precedence violation'],
    [UnreachableCode.precedenceCutoff, 'host 10.244.2.2 unreachable - precedence cutoff'],
    [99, '10.244.2.2 unreachable - #99'],
  ])('prints unreachable code %i', (code, text) => {
    const message: IcmpMessage = { kind: 'destinationUnreachable', code, nextHopMtu: 0, datagram };
    expect(printIcmp(message, 37)).toBe(`ICMP ${text}, length 37`);
  });

  it.each<[IcmpMessage, string]>([
    [
      { kind: 'redirect', code: RedirectCode.host, gateway: 0x0af40103, datagram },
      'ICMP redirect 10.244.2.2 to host 10.244.1.3, length 37',
    ],
    [
      { kind: 'redirect', code: RedirectCode.net, gateway: 0x0af40103, datagram },
      'ICMP redirect 10.244.2.2 to net 10.244.1.3, length 37',
    ],
    [{ kind: 'timeExceeded', code: 1, datagram }, 'ICMP ip reassembly time exceeded, length 37'],
    [{ kind: 'timeExceeded', code: 2, datagram }, 'ICMP time exceeded-#2, length 37'],
    [
      { kind: 'parameterProblem', code: 0, pointer: 20, datagram },
      'ICMP parameter problem - octet 20, length 37',
    ],
    [
      { kind: 'parameterProblem', code: 1, pointer: 0, datagram },
      'ICMP parameter problem - code 1, length 37',
    ],
    [{ ...TIMESTAMP_REPLY, kind: 'timestamp' }, 'ICMP time stamp query id 7 seq 1, length 37'],
    [
      TIMESTAMP_REPLY,
      'ICMP time stamp reply id 7 seq 1: org 00:00:00.000, recv 01:02:03.004, xmit 23:59:59.999, length 37',
    ],
    [{ kind: 'other', type: 42, code: 0, word: 0, data: datagram }, 'ICMP type-#42, length 37'],
  ])('prints %j', (message, text) => {
    expect(printIcmp(message, 37)).toBe(text);
  });

  it('prints a quote that is too short', () => {
    const message: IcmpMessage = {
      kind: 'destinationUnreachable',
      code: UnreachableCode.port,
      nextHopMtu: 0,
      datagram: bytesOf('4500'),
    };
    expect(printIcmp(message, 10)).toBe('ICMP ? port ? unreachable, length 10');
  });
});
