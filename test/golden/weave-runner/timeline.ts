import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Shell } from '../../../shell/shell.ts';
import { compareText, type OutputDifference } from '../outputs.ts';
import type { WeaveCluster } from './cluster.ts';
import { alike } from './state.ts';
import { nodeName } from './topology.ts';

/** How the cluster was at one time. */
export interface Moment {
  /** Seconds since the cut; negative before it. */
  time: number;
  /** Lines of `weave status connections` and `weave status ipam` by peer, as `peer1` and `peer1 ipam`. */
  shown: Map<string, string>;
}

/** What was written down while a node was cut off, every few seconds. */
export interface Timeline {
  moments: Moment[];
  /** When the node was attached again. */
  restored: number | undefined;
}

/** Seconds after a cut within which routers notice it: 60 s after the last thing heard. */
const NOTICED = { first: 30, last: 66 };

/** `--- t=10.4s cut` lines, each with what each peer showed. */
export function readTimeline(folder: string): Timeline | undefined {
  const file = join(folder, 'timeline.txt');
  if (!existsSync(file)) return undefined;
  const sections = readFileSync(file, 'utf8')
    .split(/^--- t=/m)
    .slice(1);
  const moments = sections.map((section) => {
    const lines = [...section.matchAll(/^(peer\d+(?: ipam)?): (.*)$/gm)];
    const shown = new Map(lines.map(([, who, text]) => [who, text.replaceAll(' | ', '\n')]));
    return { time: Number.parseFloat(section), shown };
  });
  const restored = sections.findIndex((section) => /^[\d.]+s restored/.test(section));
  return {
    moments: moments.filter(({ shown }) => shown.size > 0),
    restored: restored < 0 ? undefined : moments[restored].time,
  };
}

/** The same, here and now. */
export function lookNow(time: number, golden: Moment, cluster: WeaveCluster): Moment {
  const shown = [...golden.shown.keys()].map((who): [string, string] => {
    const [, number, ipam] = /^peer(\d+)( ipam)?$/.exec(who)!;
    const command = ipam === undefined ? 'weave status connections' : 'weave status ipam';
    return [who, new Shell(cluster.network, cluster.namespace(nodeName(number))).run(command).stdout];
  });
  return { time, shown: new Map(shown) };
}

/**
 * Compares what was shown. How long a peer waits before it tries again is drawn: while the node is cut off, and until the
 * last moment after it, only whether there is a connection is compared, and the error that kept one from being made;
 * around the time at which the cut is noticed nothing is.
 */
export function compareTimeline(
  { moments, restored }: Timeline,
  candidate: readonly Moment[],
): OutputDifference[] {
  return moments.flatMap((golden, i) => {
    const { time } = golden;
    const isLast = i === moments.length - 1;
    if (time > NOTICED.first && time < NOTICED.last) return [];
    if (restored !== undefined && time > restored && !isLast) return [];
    const isCut = time >= NOTICED.last && (restored === undefined || time < restored);
    const view = (text: string) => (isCut ? failureOf(text) : summaryOf(text));
    return [...golden.shown].flatMap(([who, text]) => {
      const ours = candidate[i]?.shown.get(who) ?? '';
      return compareText(`${who} ${time.toFixed(1)} s after the cut`, view(text), view(ours)) ?? [];
    });
  });
}

/** Without who has opened the connection. */
function summaryOf(text: string): string {
  return alike('weave status connections', text).replace(/^(->|<-) [\d.]+:\S+ +/gm, '');
}

/** Whether it waits or tries just now is the same; the port from which it failed is none. */
function failureOf(text: string): string {
  return summaryOf(text)
    .replace(/^(failed|retrying|connecting)\b/gm, 'not connected')
    .replace(/, retry: T$/gm, '');
}
