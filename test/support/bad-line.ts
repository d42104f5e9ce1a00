import { Actor } from '../../engine/actor.ts';
import { DropReason } from '../../models/drop-reason.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import type { Network } from '../../models/netns/network.ts';
import type { Packet } from '../../models/packet.ts';
import { IpProtocol } from '../../models/wire/ipv4.ts';

/** What becomes of one packet. */
export interface Fate {
  lost?: boolean;
  /** A copy of it arrives so many nanoseconds later. */
  copyAfter?: number;
  /** The network has marked it (ECN). */
  marked?: boolean;
  /** It arrives so many nanoseconds late. */
  late?: number;
}

/** Makes every cable of a network a bad line for TCP: each packet that comes off one meets the fate drawn for it. */
export class BadLine extends Actor {
  lost = 0;
  private readonly held: { iface: Interface; packet: Packet }[] = [];
  private readonly receive: (iface: Interface, packet: Packet) => void;

  constructor(
    private readonly network: Network,
    private readonly draw: (packet: Packet, iface: Interface) => Fate,
  ) {
    super(network.simulation);
    this.receive = network.receiveFromCable.bind(network);
    network.receiveFromCable = (iface, packet) => this.arrive(iface, packet);
  }

  override handle(_kind: number, place: number): void {
    const { iface, packet } = this.held[place];
    this.receive(iface, packet);
  }

  private arrive(iface: Interface, packet: Packet): void {
    const fate = packet.protocol === IpProtocol.tcp && packet.tcp !== null ? this.draw(packet, iface) : {};
    if (fate.lost) {
      this.lost++;
      this.network.drop(packet, DropReason.linkLoss, iface);
      return;
    }
    if (fate.marked) packet.tos |= 3;
    if (fate.copyAfter !== undefined) this.hold(iface, this.network.pool.copy(packet), fate.copyAfter);
    if (fate.late) this.hold(iface, packet, fate.late);
    else this.receive(iface, packet);
  }

  private hold(iface: Interface, packet: Packet, delay: number): void {
    const place = this.held.push({ iface, packet }) - 1;
    this.simulation.schedule(this, this.simulation.now + Math.round(delay), 0, place);
  }
}
