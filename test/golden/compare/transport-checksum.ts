import { onesComplementSum, readUint16 } from './bytes.ts';
import type { FieldList } from './fields.ts';

/** Verifies the checksum of a whole ICMP message, UDP datagram or TCP segment; the verdict goes to `out`. */
export function addTransportChecksum(
  protocol: number,
  addresses: Uint8Array,
  payload: Uint8Array,
  out: FieldList,
): void {
  if (protocol === 1) {
    out.addChecksum('icmp.checksum', onesComplementSum(payload) === 0xffff ? 'good' : 'BAD');
    return;
  }
  if (protocol !== 6 && protocol !== 17) return;
  const name = protocol === 6 ? 'tcp.checksum' : 'udp.checksum';
  if (protocol === 17 && payload.length >= 8 && readUint16(payload, 6) === 0) {
    out.addChecksum(name, 'none');
    return;
  }
  const rest = Uint8Array.of(0, protocol, payload.length >> 8, payload.length & 255);
  const sum = onesComplementSum(addresses, rest, payload);
  out.addChecksum(name, sum === 0xffff ? 'good' : 'BAD');
}
