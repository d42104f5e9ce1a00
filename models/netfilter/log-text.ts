import type { MacTable } from '../mac-table.ts';
import type { Interface } from '../netns/interface/interface.ts';
import { ipTotalLength, isFragment, type Packet } from '../packet.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import { formatIpv4 } from '../wire/ipv4-address.ts';
import { formatMac } from '../wire/mac-address.ts';
import { TcpFlag } from '../wire/tcp.ts';
import { isIcmpQuery } from './tuple.ts';

interface LogOptions {
  tcpSequence?: boolean;
  tcpOptions?: boolean;
  ipOptions?: boolean;
  macDecode?: boolean;
}

/** A packet as the kernel's log describes it (Linux `nf_log_syslog.c`), without the prefix. */
export function logText(
  packet: Packet,
  inIface: Interface | null,
  outIface: Interface | null,
  macs: MacTable,
  options: LogOptions,
): string {
  const words = [`IN=${inIface?.name ?? ''}`, `OUT=${outIface?.name ?? ''}`];
  const { netfilter: state } = packet;
  if (state?.portIn != null) words.push(`PHYSIN=${state.portIn.iface.name}`);
  if (state?.portOut != null) words.push(`PHYSOUT=${state.portOut.iface.name}`);
  if (inIface !== null) words.push(...macWords(packet, inIface, macs, options));
  words.push(...ipWords(packet, options), ...transportWords(packet, options));
  const mark = packet.mark;
  if (mark !== 0) words.push(`MARK=0x${mark.toString(16)}`);
  return `${words.join(' ')} `;
}

function macWords(packet: Packet, iface: Interface, macs: MacTable, options: LogOptions): string[] {
  const source = iface.isLoopback ? '00:00:00:00:00:00' : formatMac(macs.address(packet.source));
  const target = iface.isLoopback ? '00:00:00:00:00:00' : formatMac(macs.address(packet.destination));
  if (options.macDecode === true) return [`MACSRC=${source}`, `MACDST=${target}`, 'MACPROTO=0800'];
  return [`MAC=${target}:${source}:08:00`];
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
}

function ipWords(packet: Packet, options: LogOptions): string[] {
  const words = [
    `SRC=${formatIpv4(packet.ipSource)}`,
    `DST=${formatIpv4(packet.ipDestination)}`,
    `LEN=${ipTotalLength(packet)}`,
    `TOS=${hex(packet.tos & 0x1e, 2)}`,
    `PREC=${hex(packet.tos & 0xe0, 2)}`,
    `TTL=${packet.ttl}`,
    `ID=${packet.ipId & 0xffff}`,
  ];
  if (packet.dontFragment) words.push('DF');
  if (packet.moreFragments) words.push('MF');
  if (packet.fragmentOffset !== 0) words.push(`FRAG:${packet.fragmentOffset / 8}`);
  if (options.ipOptions === true && packet.options !== null) words.push(`OPT (${bytesText(packet.options)})`);
  return words;
}

function bytesText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

function transportWords(packet: Packet, options: LogOptions): string[] {
  switch (packet.protocol) {
    case IpProtocol.tcp:
      return isFragment(packet) ? ['PROTO=TCP'] : tcpWords(packet, options);
    case IpProtocol.udp: {
      if (isFragment(packet)) return ['PROTO=UDP'];
      const { sourcePort, destinationPort, payloadLength } = packet;
      return ['PROTO=UDP', `SPT=${sourcePort}`, `DPT=${destinationPort}`, `LEN=${payloadLength + 8}`];
    }
    case IpProtocol.icmp:
      return isFragment(packet) ? ['PROTO=ICMP'] : icmpWords(packet);
    default:
      return [`PROTO=${packet.protocol}`];
  }
}

function tcpWords(packet: Packet, options: LogOptions): string[] {
  const segment = packet.tcp!;
  const words = ['PROTO=TCP', `SPT=${packet.sourcePort}`, `DPT=${packet.destinationPort}`];
  if (options.tcpSequence === true) {
    words.push(`SEQ=${segment.sequence >>> 0}`, `ACK=${segment.acknowledgement >>> 0}`);
  }
  words.push(`WINDOW=${segment.window}`, 'RES=0x00');
  for (const name of ['cwr', 'ece', 'urg', 'ack', 'psh', 'rst', 'syn', 'fin'] as const) {
    if ((segment.flags & TcpFlag[name]) !== 0) words.push(name.toUpperCase());
  }
  words.push(`URGP=${segment.urgentPointer ?? 0}`);
  if (options.tcpOptions === true && segment.options.length > 0) {
    words.push(`OPT (${bytesText(segment.options)})`);
  }
  return words;
}

function icmpWords(packet: Packet): string[] {
  const words = ['PROTO=ICMP', `TYPE=${packet.icmpType}`, `CODE=${packet.icmpCode}`];
  if (isIcmpQuery(packet.icmpType)) {
    words.push(`ID=${packet.icmpWord >>> 16}`, `SEQ=${packet.icmpWord & 0xffff}`);
  }
  if (packet.icmpType === 5) words.push(`GATEWAY=${formatIpv4(packet.icmpWord)}`);
  if (packet.icmpType === 3 && packet.icmpCode === 4) words.push(`MTU=${packet.icmpWord & 0xffff}`);
  return words;
}
