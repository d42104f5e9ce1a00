import { Actor } from '../../engine/actor.ts';
import { DropReason } from '../drop-reason.ts';
import type { Packet } from '../packet.ts';
import { Impairments } from '../queueing/impairments.ts';
import type { ImpairmentSpec } from '../queueing/netem-spec.ts';
import { TimeQueue } from '../queueing/time-queue.ts';
import type { CableDirection } from './cable.ts';

/**
 * A bad stretch of way behind the wire of a cable: what netem does to packets, done to frames that have left the wire.
 * The cable's propagation delay is the mean of its delays.
 */
export class CableImpairment extends Actor {
  private readonly cable: CableDirection;
  private impairments: Impairments;
  private readonly travelling = new TimeQueue();
  /** Tells the arrivals scheduled before a cut from those after it. */
  private epoch = 0;

  constructor(cable: CableDirection) {
    super(cable.simulation);
    this.cable = cable;
    this.impairments = this.impairmentsOf({});
  }

  /** What happens to frames from now on. @param delay nanoseconds, in place of what `spec` says */
  follow(spec: ImpairmentSpec, delay: number): void {
    this.impairments = this.impairmentsOf({ ...spec, delay });
  }

  /** Frames under way here. */
  get inFlight(): number {
    return this.travelling.length;
  }

  /** A frame has left the wire. */
  take(packet: Packet): void {
    const { impairments, cable } = this;
    const twin = impairments.duplicates() ? cable.network.duplicate(packet) : null;
    if (impairments.loses()) {
      cable.statistics.countLoss();
      cable.network.drop(packet, DropReason.linkLoss, cable.from);
    } else {
      impairments.mayCorrupt(packet);
      this.travel(packet);
    }
    if (twin !== null) this.travel(twin);
  }

  /** The cable is cut. */
  cut(): void {
    this.epoch++;
    for (let packet = this.travelling.shift(); packet !== null; packet = this.travelling.shift()) {
      this.cable.network.drop(packet, DropReason.linkDown, this.cable.from);
    }
  }

  /** A frame may be due. */
  override handle(epoch: number): void {
    if (epoch !== this.epoch) return;
    while (this.travelling.firstTime <= this.simulation.now) this.cable.arrive(this.travelling.shift()!);
  }

  private impairmentsOf(spec: ImpairmentSpec): Impairments {
    const { network, from, to } = this.cable;
    return new Impairments(network, `${from.fullName}>${to.fullName}`, spec);
  }

  private travel(packet: Packet): void {
    const { now } = this.simulation;
    const delay = this.impairments.overtakes() ? 0 : Math.max(0, this.impairments.delay());
    this.travelling.add(packet, now + delay);
    this.simulation.postTime = now + delay;
    this.simulation.post(this, this.epoch, 0);
  }
}
