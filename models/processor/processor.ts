import { Actor } from '../../engine/actor.ts';
import { DropReason } from '../drop-reason.ts';
import { type Interface, InterfaceKind } from '../netns/interface/interface.ts';
import { receive } from '../netns/interface/receive.ts';
import { transmit } from '../netns/interface/transmit.ts';
import { finishDelivery } from '../netns/ipv4/ip-deliver.ts';
import type { Network } from '../netns/network.ts';
import { flowHash } from '../netns/routing/flow-hash.ts';
import type { Packet } from '../packet.ts';
import { Core, type Job, Queue, Task } from './core.ts';
import type { ProcessorSpec, Work } from './processor-spec.ts';

/**
 * The time that a node's kernel takes, for the node and its pods together. A frame that comes in waits for the core
 * that its flow belongs to (the hash that network cards and `rps_cpus` go by); all that is done with it until it leaves
 * the namespace is one job, done to its end. What the job costs is known when it is done, so it is worked through at
 * once, and what it sends or delivers is held back until its time is over. A frame that crosses a veth pair queues
 * again, as in the kernel's backlog. What a program sends is a job as well.
 */
export class Processor extends Actor {
  readonly spec: ProcessorSpec;
  readonly cores: readonly Core[];
  private readonly network: Network;
  /** At work now; null while programs run. */
  private current: Core | null = null;
  /** Nanoseconds that the job in hand, or a program's call, has cost so far. */
  private spent = 0;
  /** The packet that is let through where it was held back before. */
  private admitted: Packet | null = null;

  constructor(network: Network, spec: ProcessorSpec) {
    super(network.simulation);
    this.network = network;
    this.spec = spec;
    this.cores = Array.from({ length: spec.cores }, () => new Core());
  }

  /** Packets in the hands of all cores. */
  get holds(): number {
    return this.cores.reduce((sum, core) => sum + core.holds, 0);
  }

  /** Work is done for a packet. */
  charge(work: Work, packet: Packet): void {
    const cost = this.spec[work];
    this.spent += cost.packet + cost.byte * packet.length;
  }

  /** Holds a frame back that has come in until a core has time for it. Answers false for one that may go on. */
  holdsReceived(iface: Interface, packet: Packet): boolean {
    if (this.passes(packet)) return false;
    this.enqueue({ task: Task.receive, iface, packet, owed: this.takeSpent() });
    return true;
  }

  /** The same for a frame that is to leave by a cable. */
  holdsTransmitted(iface: Interface, packet: Packet): boolean {
    return iface.kind === InterfaceKind.physical && this.holdsOutput(Task.transmit, iface, packet);
  }

  /** The same for a packet that has come to the socket it is for. */
  holdsDelivered(iface: Interface, packet: Packet): boolean {
    return this.holdsOutput(Task.deliver, iface, packet);
  }

  /** A core has done what it was at. */
  override handle(_kind: number, number: number): void {
    const core = this.cores[number];
    const { outputs } = core;
    core.outputs = [];
    for (const job of outputs) this.finish(job);
    core.isBusy = false;
    this.begin(core);
  }

  private holdsOutput(task: Task, iface: Interface, packet: Packet): boolean {
    if (this.passes(packet)) return false;
    const job = { task, iface, packet, owed: 0 };
    if (this.current !== null) this.current.outputs.push(job);
    else this.enqueue({ ...job, owed: this.takeSpent() });
    return true;
  }

  private passes(packet: Packet): boolean {
    if (this.admitted !== packet) return false;
    this.admitted = null;
    return true;
  }

  /** What a program's call has cost is paid for by the packet that it sent. */
  private takeSpent(): number {
    if (this.current !== null) return 0;
    const { spent } = this;
    this.spent = 0;
    return spent;
  }

  private enqueue(job: Job): void {
    const core = this.coreOf(job.packet);
    const queue = core.queues[queueOf(job)];
    if (queue.length >= this.spec.backlog) {
      core.dropped++;
      this.network.drop(job.packet, DropReason.cpuBacklog, job.iface);
      return;
    }
    queue.push(job);
    if (queue.length > core.peak) core.peak = queue.length;
    if (!core.isBusy) this.begin(core);
  }

  /** One flow has one core, in a tunnel and outside. */
  private coreOf(packet: Packet): Core {
    let inner = packet;
    while (inner.inner !== null && inner.cargo === null) inner = inner.inner;
    return this.cores[flowHash(inner) % this.cores.length];
  }

  /** Takes the next job in hand. */
  private begin(core: Core): void {
    const job = core.next();
    if (job === undefined) return;
    core.isBusy = true;
    const before = this.spent;
    const outer = this.current;
    this.current = core;
    this.spent = job.owed;
    this.workOn(core, job);
    const cost = this.spent + core.remainder;
    const whole = Math.floor(cost);
    core.remainder = cost - whole;
    core.busy += whole;
    core.jobs++;
    this.current = outer;
    this.spent = before;
    this.simulation.postTime = this.simulation.now + whole;
    this.simulation.post(this, 0, this.cores.indexOf(core));
  }

  private workOn(core: Core, job: Job): void {
    const { packet, iface, task } = job;
    if (task !== Task.receive) {
      core.outputs.push(job);
      return;
    }
    this.charge(iface.kind === InterfaceKind.physical ? 'receive' : 'cross', packet);
    packet.hopsNow = 0;
    packet.arrivalOrder = this.network.nextOrder();
    this.admitted = packet;
    receive(this.network, iface.id, packet);
    this.admitted = null;
  }

  /** The time of the work is over: what it led to happens. */
  private finish({ task, iface, packet }: Job): void {
    this.admitted = packet;
    if (task === Task.transmit) transmit(iface, packet);
    else if (iface.up) finishDelivery(iface, packet);
    else this.network.drop(packet, DropReason.deviceGone, iface);
    this.admitted = null;
  }
}

function queueOf({ task, iface, owed }: Job): number {
  if (task !== Task.receive || owed > 0) return Queue.programs;
  return iface.kind === InterfaceKind.physical ? Queue.ring : Queue.backlog;
}
