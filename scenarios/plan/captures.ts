import type { ScenarioPath } from '../diagnostic.ts';
import type { Scenario } from '../schema/scenario.ts';
import { captureFileName } from '../topology/capture-file.ts';
import { InterfaceFinder, type InterfaceName } from '../topology/interfaces.ts';
import { NoMatch } from '../topology/no-match.ts';
import type { Topology } from '../topology/topology.ts';

/** One file and the interfaces whose frames go into it. */
export interface CapturePlan {
  /** Relative path inside the output folder. */
  file: string;
  format: 'pcapng' | 'pcap';
  /** Bytes kept of each frame. */
  snaplen: number;
  /** In the words of tcpdump; absent: everything. */
  filter?: string;
  interfaces: InterfaceName[];
  /** Where the scenario says so, for reports. */
  path: ScenarioPath;
}

/** All capture files; a name with placeholders gives several. */
export function planCaptures(scenario: Scenario, topology: Topology): CapturePlan[] {
  const finder = new InterfaceFinder(scenario, topology);
  return scenario.captures.flatMap((section, index) => {
    const { format, snaplen, filter } = section;
    const files = new Map<string, CapturePlan>();
    for (const one of interfacesOf(section, finder)) {
      const file = captureFileName(section.file, one);
      const known = files.get(file);
      if (known !== undefined) known.interfaces.push(one);
      else files.set(file, { file, format, snaplen, filter, interfaces: [one], path: ['captures', index] });
    }
    return [...files.values()];
  });
}

/** Each interface once, however many references stand for it. */
function interfacesOf(section: Scenario['captures'][number], finder: InterfaceFinder): InterfaceName[] {
  const references = typeof section.interface === 'string' ? [section.interface] : section.interface;
  const unique = new Map<string, InterfaceName>();
  for (const reference of references) {
    const matched = finder.find(reference);
    if (matched instanceof NoMatch)
      throw new Error(`assertion failed: unchecked scenario: ${matched.message}`);
    for (const one of matched) unique.set(`${one.namespace}:${one.interface}`, one);
  }
  return [...unique.values()];
}
