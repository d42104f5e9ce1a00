import type { Interface } from '../netns/interface/interface.ts';
import type { Packet } from '../packet.ts';

/** What a core is to do with a packet, or to let happen once it is done with it. */
export const Task = { receive: 0, transmit: 1, deliver: 2 } as const;
export type Task = (typeof Task)[keyof typeof Task];

/**
 * What goes first: frames that were received already and go on from one namespace to the next, then new ones off a
 * cable, then what programs send. So a node that has too much to do loses frames on which it has not worked yet, as one
 * does whose network card has no room in its ring.
 */
export const Queue = { backlog: 0, ring: 1, programs: 2 } as const;

/** A packet in the hands of a core. */
export interface Job {
  task: Task;
  iface: Interface;
  packet: Packet;
  /** Nanoseconds of a program's call that sent it, still to be paid for. */
  owed: number;
}

/** One core: what waits for it, and what leaves it when the work in hand is done. */
export class Core {
  /** Nanoseconds of work. */
  busy = 0;
  /** Jobs done. */
  jobs = 0;
  /** Packets for which there was no room. */
  dropped = 0;
  peak = 0;
  isBusy = false;
  /** Less than a nanosecond of work that was not waited for yet. */
  remainder = 0;
  /** Jobs that wait, by what goes first: `Queue`. */
  readonly queues: readonly Job[][] = [[], [], []];
  outputs: Job[] = [];

  /** Packets in its hands. */
  get holds(): number {
    return this.queues.reduce((sum, queue) => sum + queue.length, this.outputs.length);
  }

  /** Takes the next job out; undefined when there is none. */
  next(): Job | undefined {
    return this.queues.find((queue) => queue.length > 0)?.shift();
  }
}
