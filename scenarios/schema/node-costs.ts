import { z } from 'zod';
import type { Cost } from '../../models/processor/processor-spec.ts';
import { nodeCostPresets, processorSpec } from '../node-cost-presets.ts';
import { section } from './section.ts';
import { Malformed, notA, textValue } from './text-value.ts';
import { count } from './units.ts';

const FORMAT = /^(?:(\d+(?:\.\d+)?)\s*(ns|us))?\s*(\+)?\s*(?:(\d+(?:\.\d+)?)\s*ns\/B)?$/;

/** Reads `300ns`, `0.1ns/B`, or both: `300ns + 0.1ns/B`. */
export function parseCost(text: string): Cost | Malformed {
  const match = FORMAT.exec(text.trim());
  if (match === null || text.trim() === '') return notA('a cost', text);
  const [, packet, unit, plus, byte] = match;
  if ((plus !== undefined) !== (packet !== undefined && byte !== undefined)) return notA('a cost', text);
  const cost = { packet: Number(packet ?? 0) * (unit === 'us' ? 1000 : 1), byte: Number(byte ?? 0) };
  if (cost.packet > 1e9 || cost.byte > 1e6) return new Malformed(`"${text}" is too much`);
  return cost;
}

export function printCost({ packet, byte }: Cost): string {
  if (byte === 0) return `${packet}ns`;
  return packet === 0 ? `${byte}ns/B` : `${packet}ns + ${byte}ns/B`;
}

const cost = textValue<Cost>({
  id: 'Cost',
  type: 'object',
  expected: 'nanoseconds for a packet, for a byte or both such as 300ns, 0.1ns/B, "300ns + 0.1ns/B"',
  pattern: '^[0-9.]+\\s*(ns|us|ns/B)(\\s*\\+\\s*[0-9.]+\\s*ns/B)?$',
  unit: true,
  parse: parseCost,
  print: printCost,
});

const work = (what: string) => cost.optional().describe(`${what} Default: that of the preset, else nothing.`);

/** `cpu` of a node or router: what its work costs. */
export const cpu = section({
  preset: z
    .enum(Object.keys(nodeCostPresets) as [keyof typeof nodeCostPresets])
    .optional()
    .describe('Costs by name: docs/node-costs.md says where they come from. Default: all is free.'),
  cores: count(1, 1024).optional().describe('Cores that share the flows. A count. Default 1.'),
  backlog: count(1, 1_000_000)
    .optional()
    .describe('Packets that may wait for a core (net.core.netdev_max_backlog). A count. Default 1000.'),
  receive: work('A frame off a cable.'),
  cross: work('A frame out of a veth pair, a tunnel or the loopback interface.'),
  forward: work('Routing a packet on.'),
  bridge: work('A bridge decides on a frame.'),
  encapsulate: work('Into a tunnel, and out of it.'),
  copy: work('Between a program and the kernel, at either end.'),
  encrypt: work('Of what is in a tunnel, and the other way round.'),
}).meta({ id: 'Cpu' });

export type Cpu = z.output<typeof cpu>;

/** The processor in the terms of the models. */
export function cpuSpec({ preset, ...given }: Cpu) {
  return processorSpec(preset, given);
}
