import { describe, expect, it } from 'vitest';
import { Actor } from '../../engine/actor.ts';
import type { Command, Signal } from '../../shell/command.ts';
import { COMMANDS } from '../../shell/commands/index.ts';
import type { CommandResult, Shell } from '../../shell/shell.ts';
import { World } from './world.ts';

const SECOND = 1e9;

/** `wait SECONDS [STATUS]`: says when it begins and when it ends. */
class Wait extends Actor {
  constructor(
    world: World,
    private readonly done: () => void,
  ) {
    super(world.network.simulation);
  }

  start(seconds: number): void {
    const { simulation } = this;
    simulation.schedule(this, simulation.now + seconds * SECOND, 0, 0);
  }

  override handle(): void {
    this.done();
  }
}

function build(): { world: World; shell: Shell; signals: Signal[] } {
  const world = new World(['node', 'pod']);
  const signals: Signal[] = [];
  const wait: Command =
    (context, [seconds, status = '0']) =>
    (exit) => {
      context.stdout.write(`${context.namespace.name} waits ${seconds}\n`);
      let running = true;
      const end = (value: number) => {
        if (running) exit(value);
        running = false;
      };
      const program = new Wait(world, () => {
        if (running) context.stdout.write('done\n');
        end(Number(status));
      });
      program.start(Number(seconds));
      return {
        signal: (signal) => {
          signals.push(signal);
          if (signal !== 'SIGQUIT') end(130);
        },
      };
    };
  const shell = world.shell('node', { commands: new Map([...COMMANDS, ['wait', wait]]) });
  return { world, shell, signals };
}

describe('programs that take simulated time', () => {
  it('end later, and the rest of the line follows them', () => {
    const { world, shell } = build();
    let result: CommandResult | undefined;
    const job = shell.start('wait 2 && echo yes || echo no; wait 1 3', { onExit: (end) => (result = end) });
    world.advance(1.9);
    expect(job.result).toBeUndefined();
    world.advance(0.2);
    expect(result).toBeUndefined();
    world.advance(1);
    expect(result).toEqual({
      status: 3,
      stdout: 'node waits 2\ndone\nyes\nnode waits 1\ndone\n',
      stderr: '',
      unsupported: [],
    });
    expect(job.result).toBe(result);
  });

  it('write as they go', () => {
    const { world, shell } = build();
    const lines: string[] = [];
    shell.start('wait 1', { stdout: { write: (text) => lines.push(text) } });
    expect(lines).toEqual(['node waits 1\n']);
    world.advance(2);
    expect(lines).toEqual(['node waits 1\n', 'done\n']);
  });

  it('run in another namespace through ip netns exec', () => {
    const { world, shell } = build();
    const job = shell.start('ip netns exec pod wait 1');
    world.advance(2);
    expect(job.result?.stdout).toBe('pod waits 1\ndone\n');
  });

  it('feed a pipe and a file when they have ended', () => {
    const { world, shell } = build();
    const piped = shell.start('wait 1 | cat | cat');
    const discarded = shell.start('wait 1 > /dev/null');
    world.advance(2);
    expect(piped.result?.stdout).toBe('node waits 1\ndone\n');
    expect(discarded.result?.stdout).toBe('');
  });

  it('are ended by SIGINT, and the line with them', () => {
    const { world, shell, signals } = build();
    const job = shell.start('wait 5; echo never');
    world.advance(1);
    job.signal('SIGQUIT');
    expect(job.result).toBeUndefined();
    job.signal('SIGINT');
    expect(job.result).toMatchObject({ status: 130, stdout: 'node waits 5\n' });
    world.advance(10);
    expect(job.result?.stdout).toBe('node waits 5\n');
    expect(signals).toEqual(['SIGQUIT', 'SIGINT']);
  });

  it('cannot be run where everything has to be done at once', () => {
    const { shell, signals } = build();
    expect(() => shell.run('echo a; wait 1; echo b')).toThrow('takes simulated time');
    expect(signals).toEqual(['SIGKILL']);
  });
});
