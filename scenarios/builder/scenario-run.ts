import type { EventQueue } from '../../engine/event-queue.ts';
import { type RunEnd, type RunLimits, Simulation } from '../../engine/simulation.ts';
import type { ClusterPlan } from '../plan.ts';
import { type BuiltNetwork, buildNetwork } from './build-network.ts';
import { type BuiltTraffic, buildTraffic, openPortsOf } from './build-traffic.ts';
import { type HandOnCaptures, type OpenCaptures, type OpenFile, openCaptures } from './open-captures.ts';
import { HandMadePods } from './plug-pod.ts';
import { type RunResult, resultOf } from './run-result.ts';
import { type Series, SeriesSampler } from './sample-series.ts';
import { EventSchedule, type RunCommand } from './schedule-events.ts';
import { WeaveNetwork } from './weave-network.ts';

/** What a run needs from outside the models. */
export interface RunSurroundings {
  queue: EventQueue;
  openFile: OpenFile;
  /** Absent: captures are written where the simulation runs. */
  handOnCaptures?: HandOnCaptures;
  runCommand: RunCommand;
}

/**
 * A scenario built and ready to run: in one go, in slices with something else between them, or up to a time at
 * which somebody looks (`explain`, `exec`).
 */
export class ScenarioRun {
  readonly plan: ClusterPlan;
  readonly simulation: Simulation;
  readonly built: BuiltNetwork;
  readonly traffic: BuiltTraffic[];
  /** Null without Weave. */
  readonly weave: WeaveNetwork | null;
  private readonly captures: OpenCaptures;
  private readonly sampler: SeriesSampler | null;

  constructor(plan: ClusterPlan, surroundings: RunSurroundings) {
    this.plan = plan;
    this.simulation = new Simulation(surroundings.queue);
    this.built = buildNetwork(plan, this.simulation);
    const { openFile, handOnCaptures } = surroundings;
    this.captures = openCaptures(this.built, plan, openFile, handOnCaptures);
    this.traffic = buildTraffic(this.built, plan);
    for (let pod = 0; pod < plan.pods.initial; pod++) {
      if (plan.pods.groups[plan.pods.group[pod]].listen.length > 0) {
        openPortsOf(this.built, plan, [], pod);
      }
    }
    const { built, traffic, captures } = this;
    const arrivals = { built, plan, traffic, captures: captures.all };
    this.weave = plan.weave === undefined ? null : new WeaveNetwork(arrivals, plan.weave);
    const pods = this.weave ?? new HandMadePods(arrivals);
    new EventSchedule(built, plan, pods, surroundings.runCommand);
    const { series, warmup } = plan.measure;
    this.sampler =
      series === undefined ? null : new SeriesSampler(this.built, this.traffic, { ...series, warmup });
  }

  /** Runs on, at most to the end of the scenario. */
  run(limits: RunLimits = {}): RunEnd {
    const until = Math.min(limits.until ?? this.plan.stop, this.plan.stop);
    return this.simulation.run({ ...limits, until });
  }

  get series(): readonly Series[] {
    return this.sampler?.series ?? [];
  }

  /** Writes out what captures hold back. Whatever ends a run, this makes its files whole. */
  flushCaptures(): void {
    this.captures.log?.flush();
  }

  /** The figures so far. */
  result(): RunResult {
    return resultOf(this);
  }
}
