import { Simulation } from '../../engine/simulation.ts';
import { WheelQueue } from '../../engine/wheel-queue.ts';
import { Network } from '../../models/netns/network.ts';
import { type CommandResult, Shell, type ShellOptions } from '../../shell/shell.ts';

const SECOND = 1e9;

/** A network of empty namespaces with a shell in each. */
export class World {
  readonly network = new Network(new Simulation(new WheelQueue()), 'shell tests');

  constructor(names: readonly string[]) {
    for (const name of names) this.network.addNamespace(name);
  }

  shell(namespace: string, options?: ShellOptions): Shell {
    return new Shell(this.network, this.network.namespace(namespace)!, options);
  }

  run(namespace: string, line: string): CommandResult {
    return this.shell(namespace).run(line);
  }

  /** Runs a line to its end, however much simulated time that takes. */
  complete(namespace: string, line: string): CommandResult {
    const { simulation } = this.network;
    const job = this.shell(namespace).start(line);
    while (job.result === undefined && simulation.step());
    if (job.result === undefined) throw new Error(`"${line}" does not end`);
    return job.result;
  }

  /** Runs lines that have to succeed silently. */
  setUp(namespace: string, ...lines: readonly string[]): void {
    for (const line of lines) {
      const { status, stdout, stderr } = this.run(namespace, line);
      if (status !== 0 || stdout !== '' || stderr !== '')
        throw new Error(`${line}: ${status} ${stdout}${stderr}`);
    }
  }

  /** Lets simulated time go by. */
  advance(seconds: number): void {
    const { simulation } = this.network;
    simulation.run({ until: simulation.now + Math.round(seconds * SECOND) });
  }
}
