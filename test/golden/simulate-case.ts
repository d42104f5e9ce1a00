import { Actor } from '../../engine/actor.ts';
import { Simulation } from '../../engine/simulation.ts';
import { Network } from '../../models/netns/network.ts';
import { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { JIFFY } from '../../models/netns/time/jiffies.ts';
import { TimerBase } from '../../models/netns/time/timer-base.ts';
import { Shell } from '../../shell/shell.ts';
import { isBulk, recordedStart } from './bulk.ts';
import type { CaptureSpec, GoldenCase, Look, Stimulus } from './case.ts';
import { createEventQueue, type EventQueueName } from './event-queues.ts';
import { FrameRecorder, type RecordedFrame } from './frame-recorder.ts';
import type { CommandOutput, OutputPair } from './outputs.ts';
import { startProgram, startServer } from './programs.ts';
import { type Moment, readState } from './state-files.ts';
import { leadingSleep, parseStimulus } from './stimulus.ts';

const SECOND = 1e9;
/** The captures of a case start about this long after the last set-up command. */
const SETTLING_TIME = SECOND;
/** A stimulus that has not ended this long after the captures should have is given up. */
const GRACE = 60 * SECOND;
const SEED = 'golden';
/** With every draw but the first so many of the kernel's timers fire a tick late, as they do on a busy machine. */
const LATE_TICKS = 1 / 4;
/** Purposes of the random times that the kernel draws; everything else that is drawn is masked in frames. */
const RANDOM_TIMES: readonly string[] = ['reachable_time', 'proxy_arp', 'igmp'];

/** A case that needs something the simulator does not have yet. */
export class MissingMechanism extends Error {
  override name = 'MissingMechanism';
}

/** A case that could not be simulated to its end; the message says where and why. */
export class SimulationError extends Error {
  override name = 'SimulationError';
}

/** How a stimulus ended, in the words of case.json. */
interface Outcome {
  /** Exit status. */
  rc: number;
  stdout: string;
  stderr: string;
  /** The outcome as data, where the tool has one. */
  result?: unknown;
}

export interface StimulusOutcome {
  stimulus: Stimulus;
  /** Seconds since the start of the captures. */
  startedAt: number;
  took: number;
  outcome: Outcome;
  /** What the command asked for that the simulator does not have: then its output says nothing. */
  unsupported: string[];
}

export interface CaseRun {
  /** By the file name of the golden capture; times in nanoseconds since the start of the captures. */
  captures: Map<string, RecordedFrame[]>;
  outcomes: StimulusOutcome[];
  outputs: OutputPair[];
  /** A random time of the kernel was drawn: another draw may give other frames. */
  drewTimes: boolean;
}

/**
 * Builds the case's network with its own set-up commands, runs its stimuli and records what happens.
 * @param draw number of the attempt: random times are drawn anew for each
 * @throws SimulationError when a set-up command fails, an interface is missing or a stimulus never ends
 * @throws MissingMechanism when a command that changes the network asks for what the simulator does not have
 */
export function simulateCase(golden: GoldenCase, queue: EventQueueName, draw = 0): CaseRun {
  return new CaseSimulation(golden, queue, draw).run();
}

/**
 * Nanoseconds that a single successful ping took before it sent: starting a process on the recorded machine took
 * anything from 3 to 150 ms, and the order of later timers depends on it. Nothing else says when it ran.
 */
function spawnTime({ action, took_s, spawn_s, result }: Stimulus): number {
  if (typeof spawn_s === 'number') return Math.round(spawn_s * SECOND);
  const outcome = result as { sent?: number; received?: number } | null | undefined;
  if (action?.type !== 'ping' || outcome?.sent !== 1 || outcome.received !== 1) return 0;
  return Math.max(0, Math.round(((typeof took_s === 'number' ? took_s : 0) - 0.002) * SECOND));
}

/** Longer than the coarsest step of the kernel's timer wheel for delays of up to 15 s (512 jiffies of 4 ms). */
const WHEEL_PERIOD = 2.048 * SECOND;

/** When the captures start: at the same phase of the timer wheel as on the kernel, where that is known. */
function settled(now: number, phase: number | undefined): number {
  const earliest = now + SETTLING_TIME;
  if (phase === undefined) return earliest;
  return earliest + ((((phase - earliest) % WHEEL_PERIOD) + WHEEL_PERIOD) % WHEEL_PERIOD);
}

class CaseSimulation {
  private readonly golden: GoldenCase;
  private readonly simulation: Simulation;
  private readonly network: Network;
  private readonly recorders = new Map<string, FrameRecorder>();
  private readonly outcomes: StimulusOutcome[] = [];
  private readonly outputs: OutputPair[] = [];
  /** Simulated time at which the captures start. */
  private start = 0;

  private drewTimes = false;

  constructor(golden: GoldenCase, queue: EventQueueName, draw: number) {
    this.golden = golden;
    this.simulation = new Simulation(createEventQueue(queue));
    this.network = new Network(this.simulation, draw === 0 ? SEED : `${SEED} ${draw}`);
    this.watchDraws();
    if (draw > 0) this.makeTicksLate();
  }

  private makeTicksLate(): void {
    const { simulation } = this;
    const { schedule } = simulation;
    const draws = this.network.random.stream('late_tick', '');
    simulation.schedule = (actor, time, kind, argument) => {
      const isKernel = actor instanceof NetworkNamespace || actor instanceof TimerBase;
      const late = isKernel && draws.bernoulli(LATE_TICKS) ? JIFFY : 0;
      return schedule.call(simulation, actor, time + late, kind, argument);
    };
  }

  private watchDraws(): void {
    const { random } = this.network;
    const { single, stream } = random;
    const note = (purpose: string) => {
      if (RANDOM_TIMES.includes(purpose)) this.drewTimes = true;
    };
    random.single = (purpose, owner) => {
      note(purpose);
      return single.call(random, purpose, owner);
    };
    random.stream = (purpose, owner) => {
      note(purpose);
      return stream.call(random, purpose, owner);
    };
  }

  run(): CaseRun {
    for (const { name } of this.golden.namespaces) this.network.addNamespace(name);
    for (const { ns, cmd } of this.golden.setup_commands) this.setUp(ns, cmd);
    for (const stimulus of this.golden.stimulus) if (stimulus.t_s === null) this.runStimulus(stimulus);
    for (const { ns, cmd } of this.golden.servers) startServer(this.namespace(ns), cmd);
    this.simulation.run({ until: settled(this.simulation.now, this.golden.jiffy_phase_ns) });
    this.start = this.simulation.now;
    this.takeState('before');
    for (const capture of this.golden.captures) this.record(capture);
    new Lookout(this.simulation, this.golden.observations.looks, this.start, (look) => this.look(look));
    for (const stimulus of this.golden.stimulus) if (stimulus.t_s !== null) this.runStimulus(stimulus);
    const end = this.start + Math.round(this.golden.capture_seconds * SECOND);
    this.simulation.run({ until: Math.max(end, this.simulation.now) });
    const captures = this.captures();
    const stateAt = this.start + Math.round((this.golden.state_seconds ?? 0) * SECOND);
    this.simulation.run({ until: Math.max(stateAt, this.simulation.now) });
    this.takeState('after');
    return {
      captures,
      outcomes: this.outcomes,
      outputs: this.outputs,
      drewTimes: this.drewTimes,
    };
  }

  private setUp(ns: string, command: string): void {
    const { status, stderr, unsupported } = this.shell(ns, command);
    if (unsupported.length > 0) throw new MissingMechanism(unsupported[0]);
    if (status !== 0) {
      throw new SimulationError(`set-up command in ${ns} failed: ${command}: ${stderr.trimEnd()}`);
    }
  }

  private record({ ns, if: dev, file, snaplen, filter }: CaptureSpec): void {
    if (filter !== '') throw new SimulationError(`${file}: capture filter "${filter}" is not supported`);
    const iface = this.namespace(ns).findInterface(dev);
    if (iface === undefined) throw new SimulationError(`no interface ${dev} in ${ns} to capture on`);
    const recorder = new FrameRecorder(snaplen);
    iface.tap = recorder;
    this.recorders.set(file, recorder);
  }

  /** Runs a stimulus at its time, or when the one before it has ended if that is later. */
  private runStimulus(stimulus: Stimulus): void {
    const due = this.start + Math.round((stimulus.t_s ?? 0) * SECOND);
    const begin = Math.max(due, this.simulation.now);
    this.simulation.run({ until: begin });
    this.simulation.run({ until: begin + spawnTime(stimulus) });
    if (isBulk(stimulus)) this.waitForRecordedStart(stimulus, begin);
    const sleep = leadingSleep(stimulus);
    if (sleep > 0) this.simulation.run({ until: begin + Math.round(sleep * SECOND) });
    const ended = this.act(stimulus);
    this.outcomes.push({
      stimulus,
      startedAt: (begin - this.start) / SECOND,
      took: (this.simulation.now - begin) / SECOND,
      ...ended,
    });
  }

  /** A bulk transfer begins when the recorded one did, so that what is looked at meanwhile can be compared. */
  private waitForRecordedStart(stimulus: Stimulus, begin: number): void {
    const recorded = recordedStart(this.golden, stimulus);
    if (recorded !== undefined) this.simulation.run({ until: Math.max(begin, this.start + recorded) });
  }

  private act(stimulus: Stimulus): Pick<StimulusOutcome, 'outcome' | 'unsupported'> {
    const action = parseStimulus(stimulus);
    if (action.kind === 'command') return this.runCommand(stimulus, action.line);
    const program = startProgram(this.namespace(stimulus.ns), action);
    this.stepUntil(() => program.done, stimulus);
    const { status, stdout, stderr } = program.exit();
    const result = program.result();
    return {
      outcome: { rc: status, stdout, stderr, ...(result === undefined ? {} : { result }) },
      unsupported: [],
    };
  }

  private runCommand(stimulus: Stimulus, line: string): Pick<StimulusOutcome, 'outcome' | 'unsupported'> {
    const job = new Shell(this.network, this.namespace(stimulus.ns)).start(line);
    this.stepUntil(() => job.result !== undefined, stimulus);
    const { status, stdout, stderr, unsupported } = job.result!;
    const changesNetwork = stimulus.action?.type === 'configure';
    if (changesNetwork && unsupported.length > 0) throw new MissingMechanism(unsupported[0]);
    return { outcome: { rc: status, stdout, stderr }, unsupported };
  }

  private stepUntil(done: () => boolean, stimulus: Stimulus): void {
    const deadline = this.start + this.golden.capture_seconds * SECOND + GRACE;
    while (!done() && this.simulation.now <= deadline && this.simulation.step());
    if (!done()) throw new SimulationError(`stimulus "${stimulus.cmd}" in ${stimulus.ns} does not end`);
  }

  private look({ t_s, ns, cmd, output }: Look): void {
    const candidate = this.shell(ns, cmd);
    const golden = { namespace: ns, command: cmd, output, format: 'text' } as const;
    this.outputs.push({ when: `at ${t_s} s`, golden, candidate });
  }

  private takeState(moment: Moment): void {
    for (const golden of readState(this.golden, moment)) {
      const candidate = this.shell(golden.namespace, golden.command);
      this.outputs.push({ when: moment, golden, candidate });
    }
  }

  /** The frames of each capture in the order of time; those of the same instant as they were seen. */
  private captures(): Map<string, RecordedFrame[]> {
    const captures = new Map<string, RecordedFrame[]>();
    for (const { file, seconds = Number.POSITIVE_INFINITY } of this.golden.captures) {
      const { frames } = this.recorders.get(file)!;
      const relative = frames
        .map((frame) => ({ ...frame, time: frame.time - this.start }))
        .filter(({ time }) => time <= seconds * SECOND);
      captures.set(
        file,
        relative.sort((a, b) => a.time - b.time),
      );
    }
    return captures;
  }

  private shell(ns: string, line: string): CommandOutput {
    return new Shell(this.network, this.namespace(ns)).run(line);
  }

  private namespace(name: string): NetworkNamespace {
    const namespace = this.network.namespace(name);
    if (namespace === undefined) throw new SimulationError(`namespace ${name} is gone`);
    return namespace;
  }
}

/** Runs the case's read-only commands at their times, in the middle of whatever goes on. */
class Lookout extends Actor {
  private readonly looks: readonly Look[];
  private readonly run: (look: Look) => void;

  constructor(simulation: Simulation, looks: readonly Look[], start: number, run: (look: Look) => void) {
    super(simulation);
    this.looks = looks;
    this.run = run;
    looks.forEach((look, index) => {
      if (look.t_s === null) return;
      simulation.schedule(this, start + Math.round(look.t_s * SECOND), 0, index);
    });
  }

  override handle(_kind: number, index: number): void {
    this.run(this.looks[index]);
  }
}
