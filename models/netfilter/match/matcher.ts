import type { Interface } from '../../netns/interface/interface.ts';
import type { Packet } from '../../packet.ts';

/** A condition of a rule, ready to be asked. */
export interface Matcher {
  /**
   * @param inIface where the packet came in, null for one that starts here
   * @param outIface where it is going to leave, null where that is not known yet
   */
  test(packet: Packet, inIface: Interface | null, outIface: Interface | null): boolean;
}
