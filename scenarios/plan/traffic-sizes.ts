/** Sizes in bytes, or how they are drawn. */
export type SizePlan =
  | { kind: 'fixed'; bytes: number }
  | { kind: 'uniform'; low: number; high: number }
  | { kind: 'exponential'; mean: number; min: number; max: number }
  | { kind: 'log-normal'; mean: number; sigma: number; min: number; max: number }
  | { kind: 'choice'; sizes: ArrayLike<number> };

/** A size as the scenario gives it. */
export interface DrawnSize {
  uniform?: [number, number];
  exponential?: number;
  log_normal?: { mean: number; sigma: number };
  choice?: number[];
  from?: { file: string; column?: string };
}

/** The sizes in a column of a file. */
export type SizesOf = (file: string, column: string | undefined) => ArrayLike<number>;

/** @param max what is drawn above it is cut off, and `min` likewise */
export function planSize(size: number | DrawnSize, min: number, max: number, sizesOf: SizesOf): SizePlan {
  if (typeof size === 'number') return { kind: 'fixed', bytes: size };
  if (size.uniform !== undefined) return { kind: 'uniform', low: size.uniform[0], high: size.uniform[1] };
  if (size.exponential !== undefined) return { kind: 'exponential', mean: size.exponential, min, max };
  if (size.log_normal !== undefined) return { kind: 'log-normal', ...size.log_normal, min, max };
  if (size.from !== undefined) return { kind: 'choice', sizes: sizesOf(size.from.file, size.from.column) };
  return { kind: 'choice', sizes: size.choice! };
}

/** Mean of the sizes in bytes; of what is cut off before that. */
export function meanSize(size: SizePlan): number {
  if (size.kind === 'fixed') return size.bytes;
  if (size.kind === 'uniform') return (size.low + size.high) / 2;
  if (size.kind === 'exponential' || size.kind === 'log-normal') return size.mean;
  let sum = 0;
  for (let i = 0; i < size.sizes.length; i++) sum += size.sizes[i];
  return sum / size.sizes.length;
}
