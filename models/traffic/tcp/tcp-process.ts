import { Actor } from '../../../engine/actor.ts';
import type { EventHandle } from '../../../engine/event-queue.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { processId } from '../program.ts';

/** Something that a process looks after: a connection or a listener. */
export interface Task {
  /** In the queue of its process already. */
  ready: boolean;
  /** Goes on as far as it can. */
  run(): void;
}

/** Of the events of a process this one is its own; others are its subclasses'. */
const WAKE = 0;

/**
 * A process of the traffic with sockets of TCP. What has changed for one of its sockets it sees in an event of its own
 * at the same instant, once the kernel has dealt with what it has in hand: it takes no time of a processor.
 */
export abstract class TcpProcess extends Actor {
  readonly namespace: NetworkNamespace;
  private tasks: Task[] = [];

  constructor(namespace: NetworkNamespace) {
    super(namespace.network.simulation);
    this.namespace = namespace;
  }

  /** Process id and name of its program, as `netstat -p` shows them. */
  get owner(): string {
    return `${processId(this)}/traffic`;
  }

  /** Lets a task run soon. */
  wake(task: Task): void {
    if (task.ready) return;
    task.ready = true;
    if (this.tasks.push(task) === 1) this.simulation.schedule(this, this.simulation.now, WAKE, 0);
  }

  override handle(kind: number, argument: number): void {
    if (kind !== WAKE) {
      this.timeReached(kind, argument);
      return;
    }
    const { tasks } = this;
    this.tasks = [];
    for (const task of tasks) {
      task.ready = false;
      task.run();
    }
  }

  /** Calls `timeReached` with these at `time` (nanoseconds); `kind` is above 0. */
  at(time: number, kind: number, argument: number): EventHandle {
    return this.simulation.schedule(this, Math.max(Math.round(time), this.simulation.now), kind, argument);
  }

  /** What `at` was told to wait for. */
  protected timeReached(_kind: number, _argument: number): void {}
}
