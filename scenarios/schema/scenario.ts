import { z } from 'zod';
import { capturesSection } from './captures.ts';
import { cluster, podCidrSection, podNetworkSection } from './cluster.ts';
import { cniSection } from './cni.ts';
import { eventsSection } from './events.ts';
import { measureSection } from './measure.ts';
import { podsSection } from './pods.ts';
import { section } from './section.ts';
import { thresholdsSection } from './thresholds.ts';
import { trafficSection } from './traffic.ts';
import { positiveDuration } from './units.ts';

// Written with escapes alone: editors read the pattern from the JSON Schema, without the flag that \p needs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is excluded
const printable = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/;

/** The scenario language: the one source of its types, checks, defaults and published JSON Schema. */
export const scenarioSchema = section({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(printable, { error: () => 'a name has no control characters' })
    .describe('What the scenario is called in reports. Text.'),
  seed: z
    .int()
    .min(0)
    .prefault(1)
    .describe('Seed of every random draw; the same seed gives the same run. A whole number. Default 1.'),
  stop: positiveDuration.describe('Simulated time at which the run ends. A duration such as 10s.'),
  cluster: cluster.describe('The nodes and the network between them.'),
  pod_cidr: podCidrSection,
  pod_network: podNetworkSection,
  cni: cniSection,
  pods: podsSection,
  traffic: trafficSection,
  events: eventsSection,
  measure: measureSection,
  captures: capturesSection,
  thresholds: thresholdsSection,
});

/** A scenario as read: every value in base units (ns, bit/s, bytes, fractions), every default filled in. */
export type Scenario = z.output<typeof scenarioSchema>;
