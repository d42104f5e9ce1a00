import type { BridgeId } from '../../wire/bpdu.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { KernelTimer } from '../time/kernel-timer.ts';
import type { BridgePort } from './bridge.ts';
import type { SpanningTree } from './spanning-tree.ts';

/** States of a port (IEEE 802.1D-1998, 8.4), with the kernel's numbers. */
export const PortState = { disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4 } as const;
export type PortState = (typeof PortState)[keyof typeof PortState];

export const DEFAULT_PORT_PRIORITY = 32;
/** Path cost of a link that does not say how fast it is, or is that slow. */
const UNKNOWN_SPEED = 100;
/** A port's number has this many bits of its identifier, its priority the others. */
const PORT_BITS = 10;

/** What the spanning tree knows of a port. */
export class TreePort {
  readonly port: BridgePort;
  state: PortState;
  priority = DEFAULT_PORT_PRIORITY;
  pathCost: number;
  /** The cost was set by the user. */
  hasOwnCost = false;
  /** Not to be the root port. */
  rootBlock = false;
  /** A message of the protocol switches the port off. */
  guard = false;
  // what the best message heard here said, or what the bridge itself would say
  designatedRoot: BridgeId;
  designatedCost = 0;
  designatedBridge: BridgeId;
  designatedPort = 0;
  /** Jiffies at which that message left the root. */
  designatedAge = 0;
  topologyChangeAck = false;
  configPending = false;
  readonly messageAgeTimer: KernelTimer;
  readonly forwardDelayTimer: KernelTimer;
  readonly holdTimer: KernelTimer;

  constructor(tree: SpanningTree, port: BridgePort) {
    const { network } = port.iface.namespace;
    this.port = port;
    this.state = port.forwarding ? PortState.forwarding : PortState.disabled;
    this.pathCost = defaultPathCost(port.iface);
    this.designatedRoot = tree.id;
    this.designatedBridge = tree.id;
    this.messageAgeTimer = new KernelTimer(network, () => tree.messageAgeExpired(this));
    this.forwardDelayTimer = new KernelTimer(network, () => tree.forwardDelayExpired(this));
    this.holdTimer = new KernelTimer(network, () => tree.holdExpired(this));
  }

  get number(): number {
    return this.port.number;
  }

  get id(): number {
    return (this.priority << PORT_BITS) | this.number;
  }

  setState(state: PortState): void {
    this.state = state;
    this.port.forwarding = state === PortState.forwarding;
    this.port.iface.namespace.generation++;
  }

  stopTimers(): void {
    for (const timer of [this.messageAgeTimer, this.forwardDelayTimer, this.holdTimer]) timer.stop();
  }
}

/** By the speed of the link (Linux `port_cost`): a veth pair says 10 Gbit/s, a tunnel what the interface below it says. */
export function defaultPathCost(iface: Interface): number {
  if (iface.vxlan !== null) {
    const { lower } = iface.vxlan.config;
    return lower === null ? UNKNOWN_SPEED : defaultPathCost(lower);
  }
  if (iface.kind !== InterfaceKind.physical || iface.cable === null) return 2;
  const { rate } = iface.cable;
  if (rate >= 10e9) return 2;
  if (rate >= 1e9) return 4;
  return rate >= 100e6 ? 19 : UNKNOWN_SPEED;
}
