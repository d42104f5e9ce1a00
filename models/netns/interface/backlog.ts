import type { Deferred } from '../../../engine/simulation.ts';
import { DropReason } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import type { Network } from '../network.ts';
import type { Vxlan } from '../vxlan/vxlan.ts';
import { receive } from './receive.ts';

/** Frames that may wait here at one instant; a switching loop without delay fills it. */
const BACKLOG_LIMIT = 1 << 22;
/** Frames that may pass here at one instant; copies that multiply in a loop of switches would go on for ever. */
const INSTANT_LIMIT = 1 << 24;
/** Links that one packet may cross without time passing; a loop of veth pairs would go on for ever. */
const HOPS_NOW_LIMIT = 1024;

/**
 * Frames that have crossed a link without delay and wait to be received (Linux: `netif_rx` and the softirq
 * backlog). First in, first out, as there: this is what puts the frames of one instant in the kernel's order.
 */
export class Backlog implements Deferred {
  private readonly network: Network;
  private packets: (Packet | null)[] = new Array(64).fill(null);
  /** Ids of the interfaces that are to receive them. */
  private interfaces = new Int32Array(64);
  private head = 0;
  private count = 0;
  /** Tunnels with frames to receive, in the order in which they came to have some. */
  private cells: Vxlan[] = [];
  /** Frames that have passed since time last moved on. */
  private passed = 0;
  private draining = false;

  constructor(network: Network) {
    this.network = network;
  }

  get size(): number {
    return this.cells.reduce((sum, { cell }) => sum + cell.length, this.count);
  }

  /** Leaves a frame to be received by interface `id` once those before it have been. */
  push(packet: Packet, id: number): void {
    const storm = this.count === BACKLOG_LIMIT || this.passed > INSTANT_LIMIT;
    if (storm || ++packet.hopsNow > HOPS_NOW_LIMIT) {
      this.network.drop(packet, DropReason.backlogFull, this.network.interfaces[id]);
      return;
    }
    if (this.count === this.packets.length) this.grow();
    const place = (this.head + this.count) & (this.packets.length - 1);
    packet.arrivalOrder = this.network.nextOrder();
    this.packets[place] = packet;
    this.interfaces[place] = id;
    this.count++;
  }

  /** Whether a frame that is sent now would be the next to be received, and far from any limit. */
  passesAtOnce(packet: Packet): boolean {
    return this.count === 0 && this.cells.length === 0 && packet.hopsNow < HOPS_NOW_LIMIT;
  }

  /** Frames have been received without having waited here. */
  countUnseen(frames: number): void {
    this.passed += frames;
  }

  /**
   * Leaves a frame that has come out of a tunnel to be received by the tunnel's interface. A tunnel has a queue of its
   * own (Linux gro_cells), whose turn comes when the backlog is empty.
   */
  pushCell(packet: Packet, vxlan: Vxlan): void {
    if (this.passed > INSTANT_LIMIT || ++packet.hopsNow > HOPS_NOW_LIMIT) {
      this.network.drop(packet, DropReason.backlogFull, vxlan.iface);
      return;
    }
    if (vxlan.cell.push(packet) === 1) this.cells.push(vxlan);
  }

  /** Receives everything that waits; nothing when this is going on already. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    this.drainBacklog();
    while (this.cells.length > 0) {
      this.pollCells();
      this.drainBacklog();
    }
    this.passed = 0;
    this.draining = false;
  }

  private pollCells(): void {
    const { cells } = this;
    this.cells = [];
    for (const { cell, iface } of cells) {
      for (const packet of cell.splice(0)) {
        this.passed++;
        receive(this.network, iface.id, packet);
      }
    }
  }

  private drainBacklog(): void {
    while (this.count > 0) {
      const packet = this.packets[this.head]!;
      const id = this.interfaces[this.head];
      this.head = (this.head + 1) & (this.packets.length - 1);
      this.count--;
      this.passed++;
      receive(this.network, id, packet);
    }
  }

  private grow(): void {
    const size = this.packets.length;
    const packets: (Packet | null)[] = new Array(size * 2).fill(null);
    const interfaces = new Int32Array(size * 2);
    for (let i = 0; i < size; i++) {
      const place = (this.head + i) & (size - 1);
      packets[i] = this.packets[place];
      interfaces[i] = this.interfaces[place];
    }
    this.packets = packets;
    this.interfaces = interfaces;
    this.head = 0;
  }
}
