import type { Packet } from '../../packet.ts';
import { ControlError } from '../control-error.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { addNetdevVport, addVxlanVport, deleteVport } from './datapath-control.ts';
import { executeActions } from './execute-actions.ts';
import type { Flow, FlowAction, FlowKey } from './flow.ts';
import { FlowTable } from './flow-table.ts';
import type { UpcallSocket } from './upcall-socket.ts';
import type { Vport } from './vport.ts';

/** Hears of ports that come and go (the multicast group `ovs_vport`). */
export interface VportListener {
  portAdded(vport: Vport): void;
  portDeleted(vport: Vport): void;
}

/**
 * A datapath of Open vSwitch: a switch that does with frames what flows say that a program has given it, and asks the
 * program about those that it has no flow for (Linux `net/openvswitch`). Its methods are what generic netlink offers.
 */
export class Datapath {
  /** The internal port. */
  readonly iface: Interface;
  /** By number; null for one that is free. */
  readonly ports: (Vport | null)[] = [];
  readonly table = new FlowTable();
  /** Who is asked; null while nobody listens. */
  upcalls: UpcallSocket | null = null;
  listener: VportListener | null = null;
  /** Frames that had a flow, that had none, and of these those that nobody could be asked about. */
  hits = 0;
  misses = 0;
  lost = 0;
  /** Frames to a group that have left by a tunnel. */
  tunnelledToGroups = 0;

  constructor(iface: Interface) {
    this.iface = iface;
  }

  get namespace(): NetworkNamespace {
    return this.iface.namespace;
  }

  // --- ports (OVS_VPORT_CMD_*)

  port(number: number): Vport | null {
    return this.ports[number] ?? null;
  }

  /** In the order of their numbers. */
  vports(): Vport[] {
    return this.ports.filter((vport) => vport !== null);
  }

  /**
   * Takes everything that comes in by an interface of the namespace away from the host.
   * @throws ControlError ENODEV; EINVAL for one that can't be a port; EBUSY for one that is a port of something
   */
  addNetdev(name: string): Vport {
    return addNetdevVport(this, name);
  }

  /**
   * Makes a VXLAN interface under external control and takes it as a port.
   * @param udpPort on which it receives, and to which it sends
   * @throws ControlError EEXIST, EADDRINUSE
   */
  addVxlan(name: string, udpPort: number): Vport {
    return addVxlanVport(this, name, udpPort);
  }

  /** @throws ControlError ENODEV; EINVAL for the internal port */
  deletePort(number: number): void {
    deleteVport(this, number);
  }

  // --- flows (OVS_FLOW_CMD_*)

  /** In the order in which they were made. */
  flows(): Flow[] {
    return this.table.list();
  }

  /** Makes a flow, or gives the one that has this very key other actions. */
  createFlow(key: FlowKey, actions: readonly FlowAction[]): void {
    this.table.set(key, actions);
  }

  /** @throws ControlError ENOENT */
  deleteFlow(key: FlowKey): void {
    this.table.delete(this.mustFind(key));
  }

  /** Sets the counters of a flow back. @throws ControlError ENOENT */
  clearFlow(key: FlowKey): void {
    const flow = this.mustFind(key);
    flow.packets = 0;
    flow.bytes = 0;
    flow.used = -1;
  }

  private mustFind(key: FlowKey): Flow {
    const flow = this.table.get(key);
    if (flow === null) throw new ControlError('ENOENT');
    return flow;
  }

  // --- frames (OVS_PACKET_CMD_EXECUTE)

  /** A program gives a frame, with what is to be done with it. */
  execute(packet: Packet, actions: readonly FlowAction[]): void {
    packet.hopsNow = 0;
    this.namespace.processor?.charge('copy', packet);
    executeActions(this, packet, actions);
  }
}
