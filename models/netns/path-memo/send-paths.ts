import type { Packet } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH, EtherType } from '../../wire/ethernet.ts';
import { IPV4_HEADER_LENGTH, IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import type { Network } from '../network.ts';
import { NO_SEGMENT } from './path-memo.ts';

/** No path: that of a socket which has sent nothing that others can follow. */
export const NO_PATH = 0;

const CAPACITY_START = 64;
/**
 * A path is eight words, half a cache line. The places stand as literals in the methods below and nowhere else: a
 * constant of the module would be fetched from memory each time.
 *
 *     0 segment, `NO_SEGMENT` when nothing is known    1 place of the namespace    2 IP source    3 IP destination
 *     4 ports    5 flags, TOS, TTL    6 the segment known last
 */
const SHIFT = 3;
const DONT_FRAGMENT = 1 << 16;
/** Datagrams get an identification; those of a socket that never lets them be cut have 0 (Linux `ip_select_ident`). */
const IDENTIFIED = 1 << 17;
const HEADERS = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;

/**
 * How sockets sent their last datagrams: the headers, and the segment of the path memo by which they left. What goes
 * the same way is made of this alone. Side by side, because with ten thousand senders the sockets and the namespaces,
 * objects here and there in memory, are much of what sending waits for.
 */
export class SendPaths {
  private readonly network: Network;
  private words = new Int32Array(CAPACITY_START << SHIFT);
  private count = 1;

  constructor(network: Network) {
    this.network = network;
  }

  /** Room for a path of which nothing is known. */
  add(): number {
    const path = this.count++;
    if (path << SHIFT === this.words.length) {
      const words = new Int32Array(2 * this.words.length);
      words.set(this.words);
      this.words = words;
    }
    return path;
  }

  /**
   * Notes the headers of a datagram before it leaves; where it goes is told by `learn` when it has.
   * @param namespace place of the namespace that it is sent from
   * @param identified whether the socket's datagrams get an identification
   */
  note(path: number, namespace: number, packet: Packet, identified: boolean): void {
    const { words } = this;
    const at = path << SHIFT;
    const ports = (packet.sourcePort << 16) | packet.destinationPort;
    const flags = (packet.dontFragment ? DONT_FRAGMENT : 0) | (identified ? IDENTIFIED : 0);
    const header = flags | (packet.tos << 8) | packet.ttl;
    const isSame =
      words[at + 2] === packet.ipSource &&
      words[at + 3] === packet.ipDestination &&
      words[at + 4] === ports &&
      words[at + 5] === header;
    // the same gateway may take it elsewhere
    if (!isSame) this.network.memo.changeOutcome(words[at + 6]);
    words[at] = NO_SEGMENT;
    words[at + 1] = namespace;
    words[at + 2] = packet.ipSource;
    words[at + 3] = packet.ipDestination;
    words[at + 4] = ports;
    words[at + 5] = header;
  }

  /** The datagram that was noted left by `segment`. */
  learn(path: number, segment: number): void {
    this.words[path << SHIFT] = segment;
    if (segment !== NO_SEGMENT) this.words[(path << SHIFT) + 6] = segment;
  }

  /** The socket is another one now: its next datagram is looked at anew. */
  forget(path: number): void {
    this.words[path << SHIFT] = NO_SEGMENT;
  }

  /** The segment that was known last, `NO_SEGMENT` when none ever was: its place is to be used again. */
  lastSegment(path: number): number {
    return this.words[(path << SHIFT) + 6];
  }

  leadsTo(path: number, address: Ipv4Address, port: number): boolean {
    const at = path << SHIFT;
    return this.words[at + 3] === address && (this.words[at + 4] & 0xffff) === port;
  }

  /**
   * Sends a datagram, of which payload and flow are given, as the last one was sent. False when nothing is known, or
   * when that holds no longer: then only fields of its headers were written.
   */
  send(path: number, packet: Packet): boolean {
    const { words, network } = this;
    const at = path << SHIFT;
    const segment = words[at];
    if (segment === NO_SEGMENT) return false;
    const header = words[at + 5];
    packet.etherType = EtherType.ipv4;
    packet.protocol = IpProtocol.udp;
    packet.ipSource = words[at + 2];
    packet.ipDestination = words[at + 3];
    packet.sourcePort = words[at + 4] >>> 16;
    packet.destinationPort = words[at + 4] & 0xffff;
    packet.ttl = header & 0xff;
    packet.tos = (header >> 8) & 0xff;
    packet.dontFragment = (header & DONT_FRAGMENT) !== 0;
    packet.length = HEADERS + packet.payloadLength;
    packet.sentAt = network.simulation.now;
    const { ipIds } = network;
    packet.ipId = (header & IDENTIFIED) === 0 ? 0 : ipIds.next(words[at + 1]);
    if (network.memo.follow(segment, packet)) return true;
    if (packet.ipId !== 0) ipIds.takeBack(words[at + 1]);
    return false;
  }
}
