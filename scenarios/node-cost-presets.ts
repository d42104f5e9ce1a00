import type { Cost, ProcessorSpec, Work } from '../models/processor/processor-spec.ts';

/** What the work of a node costs, by the name that scenarios use. Where the numbers come from: docs/node-costs.md. */
export type NodeCosts = Readonly<Record<Work, Cost>>;

const nothing: Cost = { packet: 0, byte: 0 };

const linux: NodeCosts = {
  receive: { packet: 450, byte: 0 },
  cross: { packet: 250, byte: 0 },
  forward: { packet: 350, byte: 0 },
  bridge: { packet: 150, byte: 0 },
  encapsulate: { packet: 500, byte: 0 },
  copy: { packet: 700, byte: 0.1 },
  encrypt: nothing,
};

export const nodeCostPresets = {
  linux,
  'linux-encrypted': { ...linux, encrypt: { packet: 1000, byte: 1 } },
  'user-space-tunnel': { ...linux, encapsulate: { packet: 5000, byte: 1 } },
  'user-space-tunnel-encrypted': {
    ...linux,
    encapsulate: { packet: 5000, byte: 1 },
    encrypt: { packet: 1000, byte: 3 },
  },
} as const satisfies Record<string, NodeCosts>;

export type NodeCostPreset = keyof typeof nodeCostPresets;

/** Linux `net.core.netdev_max_backlog` */
export const DEFAULT_BACKLOG = 1000;

/** The preset with what is said beside it. */
export function processorSpec(
  preset: NodeCostPreset | undefined,
  given: Partial<ProcessorSpec>,
): ProcessorSpec {
  const free = { receive: nothing, cross: nothing, forward: nothing, bridge: nothing };
  const rest = { encapsulate: nothing, copy: nothing, encrypt: nothing };
  const base = preset === undefined ? { ...free, ...rest } : nodeCostPresets[preset];
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { cores: 1, backlog: DEFAULT_BACKLOG, ...base, ...known };
}
