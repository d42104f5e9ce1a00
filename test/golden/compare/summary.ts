import { type Field, type FieldMap, type FieldValue, firstOccurrences } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';

/** A frame on one line, in the manner of tcpdump. */
export function summarise(fields: readonly Field[], badChecksums: readonly string[] = []): string {
  const line = layers(firstOccurrences(fields), '').trimEnd();
  return badChecksums.length === 0 ? line : `${line}  !!BAD ${badChecksums.join(',')}`;
}

/** One header with all that is behind it, of those whose names start with `prefix`. */
function layers(fields: FieldMap, prefix: string): string {
  const get = (name: string) => fields.get(prefix + name);
  const ethernet = prefix.endsWith('quote.') ? '' : ethernetText(get);
  if (get('arp.op') !== undefined) return ethernet + arpText(get);
  if (get('eth.short') !== undefined) return `too short for Ethernet: ${get('eth.short')}`;
  if (get('ip.src') === undefined) return `${ethernet}type ${get('eth.type')} ${get('eth.payload') ?? ''}`;
  return ethernet + ipText(get) + transportText(fields, prefix, get);
}

type Getter = (name: string) => FieldValue | undefined;

function ethernetText(get: Getter): string {
  const vlan = get('vlan.tci');
  return `${get('eth.src')} > ${get('eth.dst')} ${vlan === undefined ? '' : `vlan ${vlan} `}`;
}

function arpText(get: Getter): string {
  const sender = `${get('arp.spa')}`;
  const target = `${get('arp.tpa')}`;
  if (get('arp.op') === 1) {
    return `ARP who-has ${target} tell ${sender} (sha ${get('arp.sha')} tha ${get('arp.tha')})`;
  }
  return `ARP reply ${sender} is-at ${get('arp.sha')} (to ${target} ${get('arp.tha')})`;
}

function ipText(get: Getter): string {
  const id = String(get('ip.id'));
  const flags =
    (get('ip.df') ? 'DF ' : '') +
    (get('ip.mf') ? 'MF ' : '') +
    (id.startsWith('frag') ? `${id} off ${get('ip.off')} ` : '');
  const addresses = `IP ${get('ip.src')} > ${get('ip.dst')}`;
  return `${addresses} ttl ${get('ip.ttl')} tos ${get('ip.tos')} len ${get('ip.len')} ${flags}`;
}

function transportText(fields: FieldMap, prefix: string, get: Getter): string {
  if (get('icmp.type') !== undefined) return icmpText(fields, prefix, get);
  if (get('vxlan.vni') !== undefined) {
    const inner = layers(fields, `${prefix}inner.`);
    return `UDP ${get('udp.sport')} > ${get('udp.dport')} VXLAN vni ${get('vxlan.vni')} {${inner}}`;
  }
  if (get('udp.sport') !== undefined) {
    return `UDP ${get('udp.sport')} > ${get('udp.dport')} data ${lengthOf(get('udp.payload'))}`;
  }
  if (get('tcp.sport') !== undefined) return tcpText(get);
  return `proto ${get('ip.proto')} payload ${lengthOf(get('ip.payload'))}`;
}

const ICMP_NAMES = new Map<FieldValue, string>([
  [0, 'echo reply'],
  [3, 'unreachable'],
  [8, 'echo request'],
  [11, 'time exceeded'],
]);

function icmpText(fields: FieldMap, prefix: string, get: Getter): string {
  const type = get('icmp.type') as FieldValue;
  const name = type === 5 ? `redirect to ${get('icmp.gateway')}` : (ICMP_NAMES.get(type) ?? 'type');
  let text = `ICMP ${name} (${type}/${get('icmp.code')})`;
  if (type === 0 || type === 8) {
    text += ` ${get('icmp.id')} seq ${get('icmp.seq')} data ${lengthOf(get('icmp.data'))}`;
  }
  if (get('icmp.mtu') !== undefined) text += ` mtu ${get('icmp.mtu')}`;
  if (get('quote.ip.src') !== undefined) text += ` [quote: ${layers(fields, `${prefix}quote.`)}]`;
  return text;
}

function tcpText(get: Getter): string {
  const ports = `TCP ${get('tcp.sport')} > ${get('tcp.dport')}`;
  if (get('tcp.flags') === undefined) return ports;
  const numbers = `seq ${get('tcp.seq')} ack ${get('tcp.ack')} win ${get('tcp.window')}`;
  const data = `data ${lengthOf(get('tcp.payload'))}`;
  return `${ports} [${get('tcp.flags')}] ${numbers} ${data} opts <${get('tcp.options')}>`;
}

function lengthOf(value: FieldValue | undefined): string {
  return value instanceof OpaqueBytes ? String(value.wireLength) : '?';
}
