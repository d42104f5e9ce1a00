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
   * A frame comes in by a port of a bridge and at once, as it is, by the bridge: `ingress` at both, for who can note that
   * in one.
   */
  ingressAtBoth?(port: Interface, bridge: Interface, packet: Packet): void;
  /** The same of one that goes out by the bridge, and by its port. */
  egressAtBoth?(bridge: Interface, port: Interface, packet: Packet): void;
}
