import type { Interface } from '../interface/interface.ts';
import type { Datapath } from './datapath.ts';

/**
 * - `internal`: the datapath's own interface, by which the host itself takes part
 * - `netdev`: an interface that gives everything that comes in to the datapath
 * - `vxlan`: a VXLAN interface under external control, which serves one UDP port
 */
export type VportType = 'internal' | 'netdev' | 'vxlan';

/** A port of a datapath (Linux `struct vport`). */
export interface Vport {
  readonly datapath: Datapath;
  /** The internal port has 0. */
  readonly number: number;
  readonly type: VportType;
  readonly iface: Interface;
}
