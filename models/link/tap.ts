import type { Direction } from '../../engine/pcap-writer/index.ts';
import type { Interface } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';

/**
 * Something that watches an interface: a capture, a counter, a shell's `tcpdump`. The models know no more of it
 * than this. It must not keep the packet: it is reused once its fate is met.
 */
export interface Tap {
  /** A frame has come in: its last bit is in now. */
  ingress(iface: Interface, packet: Packet): void;
  /**
   * A frame goes out. `fate` tells what will become of it on the way if that is known already (lost on the cable), else
   * null; its last bit leaves `ahead` nanoseconds from now (a time as an argument would be garbage).
   */
  egress(iface: Interface, packet: Packet, fate: string | null, ahead: number): void;
  /**
   * A frame of a flow whose path is remembered was seen at an interface and, at once and as it is, at a second one (null
   * for none): a port and its bridge, or the other way round. Frames of the flow that are seen there differ in their
   * lengths, identifications and payloads only. Answers a number above 0 by which to show the next one (`seeAgain`), 0
   * if that is to be shown as any other.
   */
  remember?(first: Interface, second: Interface | null, packet: Packet, direction: Direction): number;
  /**
   * As `ingress` or `egress`, at both interfaces, of a frame that is like the one remembered; `ahead` as in `egress`.
   * False, with nothing done, if its payload is of another kind.
   */
  seeAgain?(known: number, packet: Packet, ahead: number): boolean;
}
