import type { Interface } from '../netns/interface.ts';
import type { Packet } from '../packet.ts';

/**
 * Something that watches an interface: a capture, a counter, a shell's `tcpdump`. The models know no more of it
 * than this. It must not keep the packet: it is reused once its fate is met.
 */
export interface Tap {
  /** A frame has come in; `time` is when its last bit was in. */
  ingress(iface: Interface, packet: Packet, time: number): void;
  /**
   * A frame goes out; `time` is when its last bit leaves, which may be later than now.
   * `fate` tells what will become of it on the way if that is known already (lost on the cable), else null.
   */
  egress(iface: Interface, packet: Packet, time: number, fate: string | null): void;
}
