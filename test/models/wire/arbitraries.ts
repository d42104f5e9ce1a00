import { fc } from '@fast-check/vitest';
import type { EthernetHeader } from '../../../models/wire/ethernet.ts';
import type { IcmpMessage } from '../../../models/wire/icmp.ts';
import type { Ipv4Fields } from '../../../models/wire/ipv4.ts';
import type { TcpFields } from '../../../models/wire/tcp.ts';
import type { TcpOption } from '../../../models/wire/tcp-options.ts';
import { WHOLE_FRAMES } from './literal-frames.ts';

export const uint8 = fc.integer({ min: 0, max: 0xff });
export const uint16 = fc.integer({ min: 0, max: 0xffff });
export const uint32 = fc.integer({ min: 0, max: 0xffffffff });
export const ipv4Address = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
export const macAddress = fc.integer({ min: 0, max: 2 ** 48 - 1 });
/** Where in a buffer a header starts. */
export const offsetInBuffer = fc.integer({ min: 0, max: 40 });
export const bytes = fc.uint8Array({ maxLength: 100 });

/** Option bytes of IPv4 and TCP headers: whole words, at most 40 bytes. */
const optionBytes = fc
  .integer({ min: 0, max: 10 })
  .chain((words) => fc.uint8Array({ minLength: 4 * words, maxLength: 4 * words }));

export const ethernetHeader: fc.Arbitrary<EthernetHeader> = fc.record({
  destination: macAddress,
  source: macAddress,
  tag: fc.option(
    fc.record({
      priority: fc.integer({ min: 0, max: 7 }),
      dropEligible: fc.boolean(),
      vlanId: fc.integer({ min: 0, max: 4095 }),
    }),
  ),
  // A tag behind a tag is not parsed, so 0x8100 cannot be what follows.
  etherType: uint16.filter((value) => value !== 0x8100),
});

export const ipv4Fields: fc.Arbitrary<Ipv4Fields> = fc.record({
  ipSource: ipv4Address,
  ipDestination: ipv4Address,
  protocol: uint8,
  ttl: uint8,
  tos: uint8,
  ipId: uint16,
  dontFragment: fc.boolean(),
  moreFragments: fc.boolean(),
  fragmentOffset: fc.integer({ min: 0, max: 0x1fff }).map((units) => units * 8),
  options: optionBytes.map((options) => (options.length === 0 ? null : options)),
});

const echo = fc.record({
  kind: fc.constantFrom('echoRequest' as const, 'echoReply' as const),
  identifier: uint16,
  sequence: uint16,
  data: bytes,
});
const timestamp = fc.record({
  kind: fc.constantFrom('timestamp' as const, 'timestampReply' as const),
  identifier: uint16,
  sequence: uint16,
  originate: uint32,
  receive: uint32,
  transmit: uint32,
});
const KNOWN_ICMP_TYPES = [0, 3, 5, 8, 11, 12, 13, 14];

export const icmpMessage: fc.Arbitrary<IcmpMessage> = fc.oneof(
  echo,
  timestamp,
  fc.record({
    kind: fc.constant('destinationUnreachable' as const),
    code: uint8,
    nextHopMtu: uint16,
    datagram: bytes,
  }),
  fc.record({ kind: fc.constant('timeExceeded' as const), code: uint8, datagram: bytes }),
  fc.record({ kind: fc.constant('redirect' as const), code: uint8, gateway: ipv4Address, datagram: bytes }),
  fc.record({
    kind: fc.constant('parameterProblem' as const),
    code: uint8,
    pointer: uint8,
    datagram: bytes,
  }),
  fc.record({
    kind: fc.constant('other' as const),
    type: uint8.filter((type) => !KNOWN_ICMP_TYPES.includes(type)),
    code: uint8,
    word: uint32,
    data: bytes,
  }),
);

export const tcpFields: fc.Arbitrary<Required<TcpFields>> = fc.record({
  sequence: uint32,
  acknowledgement: uint32,
  flags: fc.integer({ min: 0, max: 0x1ff }),
  window: uint16,
  urgentPointer: uint16,
  options: optionBytes,
});

const sackBlocks = fc.array(fc.record({ left: uint32, right: uint32 }), { minLength: 1, maxLength: 4 });
const KNOWN_TCP_OPTIONS = [0, 1, 2, 3, 4, 5, 8];

export const tcpOption: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.constant({ kind: 'noOperation' as const }),
  fc.constant({ kind: 'sackPermitted' as const }),
  fc.record({ kind: fc.constant('maximumSegmentSize' as const), size: uint16 }),
  fc.record({ kind: fc.constant('windowScale' as const), shift: uint8 }),
  fc.record({ kind: fc.constant('sack' as const), blocks: sackBlocks }),
  fc.record({ kind: fc.constant('timestamps' as const), value: uint32, echoReply: uint32 }),
  fc.record({
    kind: fc.constant('other' as const),
    code: uint8.filter((code) => !KNOWN_TCP_OPTIONS.includes(code)),
    data: fc.uint8Array({ maxLength: 38 }),
  }),
);

/** Real frames with bytes changed and the end cut off: they get deeper into the parsers than random bytes. */
export const damagedFrame = fc
  .record({
    frame: fc.constantFrom(...WHOLE_FRAMES),
    changes: fc.array(fc.tuple(fc.nat(), uint8), { maxLength: 4 }),
    length: fc.nat(),
  })
  .map(({ frame, changes, length }) => {
    const damaged = frame.slice(0, frame.length - (length % frame.length));
    for (const [place, value] of changes) damaged[place % damaged.length] = value;
    return damaged;
  });
