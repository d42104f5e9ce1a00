import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputDifference } from '../outputs.ts';
import type { WeaveCluster } from './cluster.ts';

/** An MTU, and since when a peer's first connection has shown it: seconds since it was established. */
export type MtuChange = readonly [seconds: number, mtu: number];

/** Seconds by which a search may take longer: it waits for timers only, but sends after each. */
const TOLERANCE = 0.5;

/** `mtu-timeline.txt`: below a line that names the peer, pairs of seconds and MTU. */
export interface MtuTimeline {
  peer: string;
  changes: MtuChange[];
}

export function readMtuTimeline(folder: string): MtuTimeline | undefined {
  const file = join(folder, 'mtu-timeline.txt');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const changes = [...text.matchAll(/^([\d.]+)\s+(\d+)\s*$/gm)].map(
    ([, seconds, mtu]): MtuChange => [Number(seconds), Number(mtu)],
  );
  return { peer: /on peer (\d+)/.exec(text)?.[1] ?? '1', changes };
}

/** Notes the MTU of a peer's first connection whenever it is asked to look. */
export class MtuWatch {
  readonly changes: MtuChange[] = [];
  private readonly peer: string;
  private establishedAt: number | undefined;

  constructor(peer: string) {
    this.peer = peer;
  }

  look({ weavers, simulation }: WeaveCluster): void {
    const [connection] = weavers.get(this.peer)?.mesh.local.connections.values() ?? [];
    if (connection?.established !== true) return;
    const mtu = connection.overlayConnection?.attributes().get('mtu');
    if (typeof mtu !== 'number' || mtu === this.changes.at(-1)?.[1]) return;
    this.establishedAt ??= simulation.now;
    this.changes.push([(simulation.now - this.establishedAt) / 1e9, mtu]);
  }
}

export function compareMtus(
  { peer, changes }: MtuTimeline,
  candidate: readonly MtuChange[],
): OutputDifference[] {
  const agree =
    changes.length === candidate.length &&
    changes.every(([at, mtu], i) => mtu === candidate[i][1] && Math.abs(at - candidate[i][0]) <= TOLERANCE);
  if (agree) return [];
  const text = (list: readonly MtuChange[]) =>
    list.map(([at, mtu]) => `${at.toFixed(1)} s ${mtu}`).join(', ');
  return [{ where: `MTU shown by peer ${peer}`, golden: text(changes), candidate: text(candidate) }];
}
