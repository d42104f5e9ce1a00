import type { LinkView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { formatMac } from '../../../models/wire/mac-address.ts';
import { Entry } from '../iproute2/entry.ts';
import type { JsonObject } from '../iproute2/json-writer.ts';
import { namespaceIds } from '../iproute2/namespace-lookup.ts';
import type { Options } from '../iproute2/options.ts';
import { addLinkDetails } from './link-details.ts';

const TRANSMIT_QUEUE_LENGTH = 1000;

/** How `ip link` or `ip addr` shows a link, as far as the lines about the link itself go. */
export interface LinkFormat {
  namespace: NetworkNamespace;
  options: Options;
  /** `ip link` prints the link mode, `ip addr` does not. */
  command: 'link' | 'addr';
  /** Whether the line with the hardware address is wanted: not when only one address family is. */
  hardware: boolean;
}

/** `eth0@if3`, `v1@v0`: the name with the other end of a veth pair. */
function fullName(link: LinkView, namespace: NetworkNamespace): string {
  if (link.peer === undefined) return link.name;
  const isHere = link.peer.namespace === namespace.name;
  return `${link.name}@${isHere ? link.peer.name : `if${link.peer.ifindex}`}`;
}

/** The flags between the angle brackets. */
export function linkFlags(link: LinkView, namespace: NetworkNamespace): string[] {
  const running = link.operState === 'UP' || link.operState === 'UNKNOWN';
  const flags: string[] = [];
  if (link.up && !running) flags.push('NO-CARRIER');
  if (link.kind === 'loopback') flags.push('LOOPBACK');
  else flags.push('BROADCAST', 'MULTICAST');
  if (link.up) flags.push('UP');
  if (link.up && link.carrier) flags.push('LOWER_UP');
  const { peer } = link;
  if (peer?.namespace === namespace.name && namespace.link(peer.name)?.up === false) flags.push('M-DOWN');
  return flags;
}

/** Whatever its own idea of it, a link that is administratively down shows as DOWN. */
function operState(link: LinkView): string {
  return link.up ? link.operState : 'DOWN';
}

/** A link as `ip link` and `ip addr` show it, without the addresses. */
export function linkEntry(link: LinkView, format: LinkFormat): Entry {
  const { namespace, options } = format;
  const flags = linkFlags(link, namespace);
  const entry = new Entry();
  entry.field('ifindex', link.ifindex, `${link.ifindex}: `);
  addPeerMember(entry, link, namespace);
  entry.field('ifname', link.name, `${fullName(link, namespace)}: `);
  entry.field('flags', flags, `<${flags.join(',')}> `);
  entry.field('mtu', link.mtu, `mtu ${link.mtu} `);
  entry.field('qdisc', link.qdisc, `qdisc ${link.qdisc} `);
  if (link.master !== undefined) entry.field('master', link.master, `master ${link.master} `);
  entry.field('operstate', operState(link), `state ${operState(link)} `);
  if (format.command === 'link') entry.field('linkmode', 'DEFAULT', 'mode DEFAULT ');
  entry.field('group', 'default', 'group default ');
  entry.field('txqlen', TRANSMIT_QUEUE_LENGTH, `qlen ${TRANSMIT_QUEUE_LENGTH}`);
  if (format.hardware) addHardware(entry, link);
  addPeerNamespace(entry, link, namespace);
  if (format.hardware && options.details) addLinkDetails(entry, link, namespace);
  if (options.statistics > 0) addStatistics(entry, link);
  return entry;
}

function addPeerMember(entry: Entry, link: LinkView, namespace: NetworkNamespace): void {
  if (link.peer === undefined) return;
  if (link.peer.namespace === namespace.name) entry.member('link', link.peer.name);
  else entry.member('link_index', link.peer.ifindex);
}

function addHardware(entry: Entry, link: LinkView): void {
  const type = link.kind === 'loopback' ? 'loopback' : 'ether';
  const broadcast = link.kind === 'loopback' ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff';
  entry.field('link_type', type, `\n    link/${type} `);
  entry.field('address', formatMac(link.mac));
  entry.field('broadcast', broadcast, `brd ${broadcast}`);
}

/** With `-4`, too, where the hardware address is left out. */
function addPeerNamespace(entry: Entry, link: LinkView, namespace: NetworkNamespace): void {
  if (link.peer === undefined || link.peer.namespace === namespace.name) return;
  const id = namespaceIds(namespace).get(link.peer.namespace)!;
  entry.field('link_netnsid', id, ` link-netns ${link.peer.namespace}`);
}

/**
 * `ip -br`: name, state and either the hardware address with the flags or, for `ip addr`, what is appended
 * later.
 */
export function briefLinkEntry(link: LinkView, format: LinkFormat): Entry {
  const { namespace } = format;
  const entry = new Entry();
  addPeerMember(entry, link, namespace);
  entry.field('ifname', link.name, fullName(link, namespace).padEnd(16).concat(' '));
  entry.field('operstate', operState(link), operState(link).padEnd(14).concat(' '));
  if (format.command === 'link') {
    const flags = linkFlags(link, namespace);
    entry.field('address', formatMac(link.mac)).field('flags', flags, `<${flags.join(',')}> `);
  }
  return entry;
}

type Counter = [key: string, heading: string, value: number];

/** Column widths of iproute2, before numbers that need more room; the first one holds the row's label too. */
const COLUMN_WIDTHS = [10, 7, 6, 7, 7, 7];

function addStatistics(entry: Entry, { statistics }: LinkView): void {
  const received: Counter[] = [
    ['bytes', 'bytes', statistics.rxBytes],
    ['packets', 'packets', statistics.rxPackets],
    ['errors', 'errors', 0],
    ['dropped', 'dropped', statistics.rxDropped],
    ['over_errors', 'missed', 0],
    ['multicast', 'mcast', statistics.multicast],
  ];
  const sent: Counter[] = [
    ['bytes', 'bytes', statistics.txBytes],
    ['packets', 'packets', statistics.txPackets],
    ['errors', 'errors', 0],
    ['dropped', 'dropped', statistics.txDropped],
    ['carrier_errors', 'carrier', 0],
    ['collisions', 'collsns', 0],
  ];
  const widths = COLUMN_WIDTHS.map((width, column) =>
    Math.max(width, ...[received, sent].map((row) => String(row[column][2]).length)),
  );
  entry.words(`${counterLines('RX', received, widths)}${counterLines('TX', sent, widths)}`);
  entry.member('stats64', { rx: members(received), tx: members(sent) });
}

function counterLines(label: string, row: readonly Counter[], widths: readonly number[]): string {
  const headings = row.map(([, heading], column) =>
    heading.padStart(widths[column] - (column === 0 ? 4 : 0)),
  );
  const values = row.map(([, , value], column) => String(value).padStart(widths[column]));
  // iproute2 leaves the room of a column "compressed" behind the headings
  return `\n    ${label}: ${headings.join(' ')}${' '.repeat(11)}\n    ${values.join(' ')} `;
}

function members(row: readonly Counter[]): JsonObject {
  return Object.fromEntries(row.map(([key, , value]) => [key, value]));
}
