import type { MetricKind } from '../../scenarios/schema/metrics.ts';

export interface Axis {
  label: string;
  scale: 'linear' | 'log';
  /** How its numbers are written; of categories the ticks alone say it. */
  kind: MetricKind;
  /** Places that are marked, with their texts; absent where round numbers do. */
  ticks?: { at: number; text: string }[];
}

/** A place of a line: y is null where nothing was measured; low and high are the ends of its interval. */
export interface ChartPoint {
  x: number;
  y: number | null;
  low?: number;
  high?: number;
}

export interface ChartLine {
  name: string;
  points: ChartPoint[];
  /** Whether its points are marked: those of a distribution or of a time series are too many. */
  marked: boolean;
}

/** A line chart before it is drawn: by a page's script, or as SVG. */
export interface Chart {
  title: string;
  x: Axis;
  y: Axis;
  lines: ChartLine[];
}

/** Lines that can be told apart in one chart. */
export const LINES_MAX = 8;
