import type { BridgeIdView, LinkView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { formatMac } from '../../../models/wire/mac-address.ts';
import { Entry } from '../iproute2/entry.ts';
import { Decimal, type JsonObject, type JsonValue } from '../iproute2/json-writer.ts';
import { vxlanEntry } from './vxlan-details.ts';

const CENTISECOND = 1e7;

/** One item of `-d`: its key in JSON (null: none), its value, and its word in the text (default: the key). */
type Item = [key: string | null, value: JsonValue, word?: string];

/** What `ip -d link` adds; what podwire does not model has the default of Linux 6. */
export function addLinkDetails(entry: Entry, link: LinkView, namespace: NetworkNamespace): void {
  const isPort = link.master !== undefined;
  const ethernet = link.kind !== 'loopback';
  entry.field('promiscuity', link.promiscuity, ` promiscuity ${link.promiscuity} `);
  entry.field('allmulti', Number(isPort), ` allmulti ${Number(isPort)} `);
  addItems(entry, [
    ['min_mtu', ethernet ? 68 : 0, 'minmtu'],
    ['max_mtu', ethernet ? 65535 : 0, 'maxmtu'],
  ]);
  addLinkInfo(entry, link);
  // a veth has a queue pair for each processor of the reference machine, all else has one
  const queues = link.kind === 'veth' ? 2 : 1;
  const hasNoPort = link.kind === 'bridge' && !namespace.links().some(({ master }) => master === link.name);
  const isUnboundTunnel = link.vxlan !== undefined && link.vxlan.dev === undefined;
  addItems(entry, [
    ['inet6_addr_gen_mode', 'eui64', 'addrgenmode'],
    ['num_tx_queues', queues, 'numtxqueues'],
    ['num_rx_queues', queues, 'numrxqueues'],
    ['gso_max_size', 65536],
    ['gso_max_segs', 65535],
    ['tso_max_size', hasNoPort || isUnboundTunnel ? 65536 : 524280],
    ['tso_max_segs', 65535],
    ['gro_max_size', 65536],
  ]);
}

function addItems(entry: Entry, items: readonly Item[]): void {
  for (const [key, value, word] of items) {
    entry.words(`${word ?? key} ${text(value)} `);
    if (key !== null) entry.member(key, value);
  }
}

function text(value: JsonValue): string {
  if (value instanceof Decimal) return value.value.toFixed(value.decimals).padStart(7);
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

function addLinkInfo(entry: Entry, link: LinkView): void {
  const info: JsonObject = {};
  if (link.kind === 'veth' || link.kind === 'bridge' || link.kind === 'vxlan') {
    entry.words(`\n    ${link.kind} `);
    info.info_kind = link.kind;
    if (link.bridge !== undefined) info.info_data = nested(entry, bridgeItems(link));
    if (link.vxlan !== undefined) {
      const data = vxlanEntry(link.vxlan);
      entry.words(data.text);
      info.info_data = data.json;
    }
  }
  if (link.bridgePort !== undefined) {
    entry.words('\n    bridge_slave ');
    info.info_slave_kind = 'bridge';
    info.info_slave_data = nested(entry, portItems(link));
  }
  if (Object.keys(info).length > 0) entry.member('linkinfo', info);
}

/** Writes items into the text of an entry and answers them as an object of their own. */
function nested(entry: Entry, items: readonly Item[]): JsonObject {
  const inner = new Entry();
  addItems(inner, items);
  entry.words(inner.text);
  return inner.json;
}

/** `8000.a:58:a:f4:1:1`: the priority and the address, octets without leading zeros. */
function bridgeId({ priority, mac }: BridgeIdView): string {
  const octets = formatMac(mac).replace(/\b0(?=[0-9a-f])/g, '');
  return `${priority.toString(16).padStart(4, '0')}.${octets}`;
}

/** Seconds left of a timer. */
function timer(nanoseconds: number): Decimal {
  return new Decimal(nanoseconds / 1e9, 2);
}

function bridgeItems(link: LinkView): Item[] {
  const bridge = link.bridge!;
  const centiseconds = (nanoseconds: number) => Math.round(nanoseconds / CENTISECOND);
  return [
    ['forward_delay', centiseconds(bridge.forwardDelay)],
    ['hello_time', centiseconds(bridge.helloTime)],
    ['max_age', centiseconds(bridge.maxAge)],
    ['ageing_time', centiseconds(bridge.ageing)],
    ['stp_state', Number(bridge.stp)],
    ['priority', bridge.priority],
    ['vlan_filtering', Number(bridge.vlans?.filtering ?? false)],
    ...vlanItems(bridge.vlans !== undefined, [['vlan_protocol', '802.1Q']]),
    ['bridge_id', bridgeId(bridge.id)],
    ['root_id', bridgeId(bridge.root), 'designated_root'],
    ['root_port', bridge.rootPort],
    ['root_path_cost', bridge.rootPathCost],
    ['topology_change', Number(bridge.topologyChange)],
    ['topology_change_detected', Number(bridge.topologyChangeDetected)],
    ['hello_timer', timer(bridge.helloTimer)],
    ['tcn_timer', timer(bridge.tcnTimer)],
    ['topology_change_timer', timer(bridge.topologyChangeTimer)],
    ['gc_timer', timer(0)],
    ...vlanItems(bridge.vlans !== undefined, [
      ['vlan_default_pvid', bridge.vlans?.defaultPvid ?? 1],
      ['vlan_stats_enabled', 0],
      ['vlan_stats_per_port', 0],
    ]),
    ['group_fwd_mask', hexadecimal(bridge.groupForwardMask)],
    ['group_addr', '01:80:c2:00:00:00', 'group_address'],
    ['mcast_snooping', 0],
    ['no_linklocal_learn', Number(bridge.noLinkLocalLearn)],
    ['mcast_vlan_snooping', 0],
    ['mcast_router', 1],
    ['mcast_query_use_ifaddr', 0],
    ['mcast_querier', 0],
    ['mcast_hash_elasticity', 16],
    ['mcast_hash_max', 4096],
    ['mcast_last_member_cnt', 2, 'mcast_last_member_count'],
    ['mcast_startup_query_cnt', 2, 'mcast_startup_query_count'],
    ['mcast_last_member_intvl', 100, 'mcast_last_member_interval'],
    ['mcast_membership_intvl', 26000, 'mcast_membership_interval'],
    ['mcast_querier_intvl', 25500, 'mcast_querier_interval'],
    ['mcast_query_intvl', 12500, 'mcast_query_interval'],
    ['mcast_query_response_intvl', 1000, 'mcast_query_response_interval'],
    ['mcast_startup_query_intvl', 3124, 'mcast_startup_query_interval'],
    ['mcast_stats_enabled', 0],
    ['mcast_igmp_version', 2],
    ['mcast_mld_version', 1],
    ...(['iptables', 'ip6tables', 'arptables'] as const).map((tables): Item => [`nf_call_${tables}`, 0]),
  ];
}

/** What only a kernel that is built with VLAN filtering shows: here from the first use of it on. */
function vlanItems(used: boolean, items: Item[]): Item[] {
  return used ? items : [];
}

function portItems(link: LinkView): Item[] {
  const port = link.bridgePort!;
  return [
    ['state', port.state],
    ['priority', port.priority],
    ['cost', port.cost],
    ['hairpin', port.hairpin],
    ['guard', port.guard],
    ['root_block', port.rootBlock],
    ['fastleave', false],
    ['learning', port.learning],
    ['flood', port.flood],
    ['id', `0x${port.id.toString(16)}`, 'port_id'],
    ['no', `0x${port.number.toString(16)}`, 'port_no'],
    ['designated_port', port.designatedPort],
    ['designated_cost', port.designatedCost],
    ['bridge_id', bridgeId(port.designatedBridge), 'designated_bridge'],
    ['root_id', bridgeId(port.designatedRoot), 'designated_root'],
    ['hold_timer', timer(port.holdTimer)],
    ['message_age_timer', timer(port.messageAgeTimer)],
    ['forward_delay_timer', timer(port.forwardDelayTimer)],
    ['topology_change_ack', Number(port.topologyChangeAck)],
    ['config_pending', Number(port.configPending)],
    ['proxy_arp', false],
    ['proxy_arp_wifi', false],
    ['multicast_router', 1, 'mcast_router'],
    [null, false, 'mcast_fast_leave'],
    ['mcast_flood', port.multicastFlood],
    ['bcast_flood', port.broadcastFlood],
    ['mcast_to_unicast', false],
    ['neigh_suppress', port.neighSuppress],
    ['group_fwd_mask', hexadecimal(port.groupForwardMask)],
    ['group_fwd_mask_str', `0x${port.groupForwardMask.toString(16)}`],
    ['vlan_tunnel', false],
    ['isolated', port.isolated],
    ['locked', false],
  ];
}

/** `0x4000`, and `0` for none. */
function hexadecimal(mask: number): string {
  return mask === 0 ? '0' : `0x${mask.toString(16)}`;
}
