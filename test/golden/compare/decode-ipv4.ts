import { hexText, ipv4Text, onesComplementSum, readUint16 } from './bytes.ts';
import { decodeIcmp } from './decode-icmp.ts';
import type { DecodeState, IpContext } from './decode-state.ts';
import { decodeTcp } from './decode-tcp.ts';
import { decodeUdp } from './decode-udp.ts';
import type { FieldList } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';
import { addTransportChecksum } from './transport-checksum.ts';

interface Header {
  length: number;
  totalLength: number;
  identification: number;
  dontFragment: boolean;
  moreFragments: boolean;
  fragmentOffset: number;
  protocol: number;
  source: string;
  destination: string;
  /** What ties fragments together. */
  key: string;
}

/**
 * IPv4 (RFC 791) and what it carries.
 * @param bytes at least 20
 * @param wireLength bytes on the wire from here on
 * @param quoted the packet is quoted in an ICMP error: it may be cut, and nothing in it can be verified
 */
export function decodeIpv4(
  state: DecodeState,
  bytes: Uint8Array,
  wireLength: number,
  out: FieldList,
  quoted: boolean,
): void {
  const header = readHeader(bytes);
  addHeader(state, bytes, header, out, quoted);
  const payloadLength = Math.max(0, header.totalLength - header.length);
  const payloadWireLength = Math.max(0, Math.min(payloadLength, wireLength - header.length));
  const payload = bytes.subarray(header.length, header.length + payloadWireLength);
  const trailerLength = wireLength - header.totalLength;
  if (!quoted && trailerLength > 0) {
    out.add('eth.trailer', new OpaqueBytes(bytes.subarray(header.totalLength), trailerLength));
  }
  const addresses = bytes.subarray(12, 20);
  const complete = payload.length === payloadLength;
  const fragment = header.moreFragments || header.fragmentOffset > 0;
  if (fragment && !quoted) {
    const { key, fragmentOffset, moreFragments } = header;
    const datagram = state.reassembler.add(key, fragmentOffset, moreFragments, payload, complete);
    if (datagram !== undefined) {
      addTransportChecksum(header.protocol, addresses, datagram, out.nested('reassembled.'));
    }
    if (fragmentOffset > 0) {
      out.add('ip.payload', new OpaqueBytes(payload, payloadWireLength));
      return;
    }
  }
  decodeTransport(
    state,
    payload,
    {
      source: header.source,
      destination: header.destination,
      protocol: header.protocol,
      addresses,
      whole: !quoted && !fragment && complete ? payload : undefined,
      wireLength: payloadWireLength,
      quoted,
    },
    out,
  );
}

function readHeader(bytes: Uint8Array): Header {
  const identification = readUint16(bytes, 4);
  const flags = readUint16(bytes, 6);
  const protocol = bytes[9];
  const source = ipv4Text(bytes, 12);
  const destination = ipv4Text(bytes, 16);
  return {
    length: (bytes[0] & 15) * 4,
    totalLength: readUint16(bytes, 2),
    identification,
    dontFragment: (flags & 0x4000) !== 0,
    moreFragments: (flags & 0x2000) !== 0,
    fragmentOffset: (flags & 0x1fff) * 8,
    protocol,
    source,
    destination,
    key: `${source} ${destination} ${protocol} ${identification}`,
  };
}

function addHeader(
  state: DecodeState,
  bytes: Uint8Array,
  header: Header,
  out: FieldList,
  quoted: boolean,
): void {
  const fragment = header.moreFragments || header.fragmentOffset > 0;
  out.add('ip.version', bytes[0] >> 4);
  out.add('ip.ihl', header.length);
  out.add('ip.tos', hexText(bytes[1], 2));
  out.add('ip.len', header.totalLength);
  out.add('ip.id', fragment ? state.normaliser.fragment(header.key) : '-');
  out.add('ip.df', header.dontFragment ? 1 : 0);
  out.add('ip.mf', header.moreFragments ? 1 : 0);
  out.add('ip.off', header.fragmentOffset);
  out.add('ip.ttl', bytes[8]);
  out.add('ip.proto', header.protocol);
  out.add('ip.src', header.source);
  out.add('ip.dst', header.destination);
  if ((bytes[6] & 0x80) !== 0) out.add('ip.reserved', 1);
  if (state.options.ipIdZero) out.add('ip.id.zero', header.identification === 0 ? 1 : 0);
  const covered = bytes.subarray(0, header.length);
  const good =
    header.length >= 20 && covered.length === header.length && onesComplementSum(covered) === 0xffff;
  // Linux quotes a header whose options it has updated under the old checksum: there it is no error
  if (quoted) out.add('ip.checksum', good ? 'good' : 'stale');
  else out.addChecksum('ip.checksum', good ? 'good' : 'BAD');
  if (header.length > 20) {
    out.add('ip.options', new OpaqueBytes(bytes.subarray(20, header.length), header.length - 20));
  }
}

function decodeTransport(state: DecodeState, payload: Uint8Array, context: IpContext, out: FieldList): void {
  const { protocol, quoted } = context;
  if (protocol === 1 && payload.length >= 8) decodeIcmp(state, payload, context, out);
  else if (protocol === 17 && payload.length >= 8) decodeUdp(state, payload, context, out);
  else if (protocol === 6 && payload.length >= (quoted ? 8 : 20)) decodeTcp(state, payload, context, out);
  else out.add('ip.payload', new OpaqueBytes(payload, context.wireLength));
}
