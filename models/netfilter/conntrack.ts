import type { Interface } from '../netns/interface/interface.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Packet } from '../packet.ts';
import { IpProtocol } from '../wire/ipv4.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import { Connection, Info, isReply, Status } from './connection.ts';
import { ConnectionTable } from './connection-table.ts';
import { type ConntrackConfig, DEFAULT_CONNTRACK_CONFIG } from './conntrack-config.ts';
import { isIcmpError, relatedTo } from './conntrack-icmp.ts';
import { hasValidFlags, newTcpTracking, trackTcp } from './conntrack-tcp.ts';
import type { ConntrackStatistics } from './control-types.ts';
import { type FilterState, filterState } from './filter-state.ts';
import { invert, isIcmpQuery, Tuple } from './tuple.ts';

const ICMP_ECHO_REQUEST = 8;
/** A UDP flow that is answered and still alive after this is a stream. */
const UDP_STREAM_AFTER = 2e9;

/** `accept`, or why the packet dies here. */
export type TrackVerdict = 'accept' | 'full' | 'clash';

/** Connection tracking in one namespace (Linux `nf_conntrack_core.c`). */
export class Conntrack {
  readonly namespace: NetworkNamespace;
  readonly table = new ConnectionTable();
  config: Readonly<ConntrackConfig> = DEFAULT_CONNTRACK_CONFIG;
  readonly statistics: ConntrackStatistics = {
    entries: 0,
    found: 0,
    invalid: 0,
    insert: 0,
    insertFailed: 0,
    drop: 0,
    earlyDrop: 0,
  };
  private lastId = 0;
  private readonly tuple = new Tuple();

  constructor(namespace: NetworkNamespace) {
    this.namespace = namespace;
  }

  /** Nanoseconds. */
  get now(): number {
    return this.namespace.network.simulation.now;
  }

  /** Finds or makes the connection of a packet that comes in or starts here (Linux `nf_conntrack_in`). */
  trackIn(packet: Packet): TrackVerdict {
    const state = filterState(packet);
    // one that comes back by the loopback interface, or is not to be tracked
    if (state.connection !== null || state.info === Info.untracked) return 'accept';
    if (packet.protocol === IpProtocol.icmp && !isIcmpQuery(packet.icmpType)) {
      this.trackIcmpOther(packet, state);
      return 'accept';
    }
    if (packet.protocol === IpProtocol.tcp && (packet.tcp === null || !hasValidFlags(packet.tcp))) {
      return this.refuse(state);
    }
    return this.trackQuery(packet, state);
  }

  private trackQuery(packet: Packet, state: FilterState): TrackVerdict {
    // nf_conntrack_checksum
    if (packet.corruption !== null) return this.refuse(state);
    const { now } = this;
    for (;;) {
      const tuple = readTuple(packet, state.zone, this.tuple);
      const found = this.table.find(tuple, now);
      let connection: Connection;
      let info: Info;
      if (found === null) {
        const made = this.open(packet, tuple, now);
        if (made === null) return this.refuse(state);
        if (made === 'full') return 'full';
        connection = made;
        info = Info.new;
      } else {
        connection = found.connection!;
        info = infoOf(connection, found === connection.reply);
      }
      const verdict = this.follow(connection, packet, info, now);
      if (verdict === 'again') {
        this.table.remove(connection);
        continue;
      }
      if (verdict === 'invalid') return this.refuse(state);
      state.connection = connection;
      state.info = info;
      if (info === Info.establishedReply) connection.status |= Status.seenReply;
      if (this.config.acct) account(connection, packet, info);
      if (verdict === 'kill') this.table.remove(connection);
      return 'accept';
    }
  }

  /** The packet goes on, as one of no connection. */
  private refuse(state: FilterState): TrackVerdict {
    this.statistics.invalid++;
    state.connection = null;
    return 'accept';
  }

  private trackIcmpOther(packet: Packet, state: FilterState): void {
    const related = isIcmpError(packet.icmpType) ? relatedTo(this.table, packet, state.zone, this.now) : null;
    if (related === null) {
      this.refuse(state);
      return;
    }
    state.connection = related.connection;
    state.info = related.info;
  }

  /** Linux `init_conntrack`; null for a packet that opens no connection. */
  private open(packet: Packet, tuple: Tuple, now: number): Connection | 'full' | null {
    if (packet.protocol === IpProtocol.icmp && !opensIcmp(packet.icmpType)) return null;
    const tcp = packet.protocol === IpProtocol.tcp ? newTcpTracking(packet, this.config) : null;
    if (packet.protocol === IpProtocol.tcp && tcp === null) return null;
    if (this.table.count >= this.config.max && this.config.max > 0) {
      const made = this.table.evict(tuple, now);
      if (made === 'none') {
        this.statistics.drop++;
        return 'full';
      }
      if (made === 'early') this.statistics.earlyDrop++;
    }
    const original = new Tuple().copyFrom(tuple);
    const reply = new Tuple();
    invert(original, reply);
    const connection = new Connection(++this.lastId, original, reply);
    connection.tcp = tcp;
    connection.streamFrom = now + UDP_STREAM_AFTER;
    return connection;
  }

  /** What the packet does to its connection's state and time-out. */
  private follow(
    connection: Connection,
    packet: Packet,
    info: Info,
    now: number,
  ): 'fine' | 'invalid' | 'again' | 'kill' {
    switch (connection.protocol) {
      case IpProtocol.tcp:
        return trackTcp(connection, packet, isReply(info), this.config, now);
      case IpProtocol.udp:
        this.followUdp(connection, now);
        return 'fine';
      case IpProtocol.icmp:
        connection.expires = now + this.config.icmpTimeout;
        return 'fine';
      default:
        connection.expires = now + this.config.genericTimeout;
        return 'fine';
    }
  }

  /** Linux `nf_conntrack_udp_packet`. */
  private followUdp(connection: Connection, now: number): void {
    const answered = (connection.status & Status.seenReply) !== 0;
    const stream = answered && now > connection.streamFrom;
    if (stream) connection.status |= Status.assured;
    connection.expires = now + (stream ? this.config.udpTimeoutStream : this.config.udpTimeout);
  }

  /** The packet leaves or is delivered: its connection becomes known (Linux `__nf_conntrack_confirm`). */
  confirm(packet: Packet): TrackVerdict {
    const connection = packet.netfilter?.connection ?? null;
    if (connection === null || connection.confirmed || isReply(packet.netfilter!.info)) return 'accept';
    const { now, table } = this;
    if ((connection.status & Status.dying) !== 0) return 'clash';
    const taken =
      table.isTaken(connection.original, connection, now) || table.isTaken(connection.reply, connection, now);
    if (taken) {
      this.statistics.insertFailed++;
      return 'clash';
    }
    table.add(connection, now);
    return 'accept';
  }

  /** Forgets what an interface that goes down, or loses an address, was masqueraded as (Linux `masq_device_event`). */
  forgetMasqueraded(iface: Interface, address?: Ipv4Address): void {
    for (const connection of [...this.table.entries(this.now)]) {
      if (connection.masqueradedBy !== iface.index) continue;
      if (address === undefined || connection.reply.destination === address) this.table.remove(connection);
    }
  }
}

function infoOf(connection: Connection, reply: boolean): Info {
  if (reply) return Info.establishedReply;
  if ((connection.status & Status.seenReply) !== 0) return Info.established;
  return (connection.status & Status.expected) !== 0 ? Info.related : Info.new;
}

/** Only questions open a connection (Linux `nf_conntrack_icmp_packet`). */
function opensIcmp(type: number): boolean {
  return type === ICMP_ECHO_REQUEST || type === 13 || type === 15 || type === 17;
}

function account(connection: Connection, packet: Packet, info: Info): void {
  const bytes = packet.length - 14;
  if (isReply(info)) {
    connection.replyPackets++;
    connection.replyBytes += bytes;
  } else {
    connection.originalPackets++;
    connection.originalBytes += bytes;
  }
}

/** Fills in the tuple of a packet that is no ICMP error (Linux `nf_ct_get_tuple`). */
export function readTuple(packet: Packet, zone: number, tuple: Tuple): Tuple {
  tuple.source = packet.ipSource;
  tuple.destination = packet.ipDestination;
  tuple.protocol = packet.protocol;
  tuple.zone = zone;
  if (packet.protocol === IpProtocol.icmp) {
    tuple.sourcePort = packet.icmpWord >>> 16;
    tuple.destinationPort = (packet.icmpType << 8) | packet.icmpCode;
  } else if (packet.protocol === IpProtocol.tcp || packet.protocol === IpProtocol.udp) {
    tuple.sourcePort = packet.sourcePort;
    tuple.destinationPort = packet.destinationPort;
  } else {
    tuple.sourcePort = 0;
    tuple.destinationPort = 0;
  }
  return tuple;
}
