import { compileFrameFilter, FrameFilterError } from '../../models/link/frame-filter.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { captureFileName } from '../topology/capture-file.ts';
import { InterfaceFinder, type InterfaceName } from '../topology/interfaces.ts';
import { NoMatch } from '../topology/no-match.ts';
import type { Topology } from '../topology/topology.ts';

/** Captured interfaces exist, and no two captures write the same file. */
export function checkCaptures(scenario: Scenario, topology: Topology, problems: Problems): void {
  const finder = new InterfaceFinder(scenario, topology);
  const writers = new Map<string, number>();
  let total = 0;
  for (const [index, capture] of scenario.captures.entries()) {
    const path = ['captures', index];
    const list = typeof capture.interface === 'string' ? [capture.interface] : capture.interface;
    checkFilter(capture.filter, [...path, 'filter'], problems);
    const interfaces = new Map<string, InterfaceName>();
    for (const [position, reference] of list.entries()) {
      const found = finder.find(reference);
      const place = [...path, 'interface', ...(typeof capture.interface === 'string' ? [] : [position])];
      if (found instanceof NoMatch) problems.unresolved(place, found);
      else for (const one of found) interfaces.set(`${one.namespace}:${one.interface}`, one);
    }
    total += interfaces.size;
    if (total > limits.captures) {
      problems.error(path, `more than ${limits.captures} interfaces are captured`);
      return;
    }
    checkFiles(capture, index, [...interfaces.values()], writers, problems);
  }
}

function checkFilter(filter: string | undefined, path: ScenarioPath, problems: Problems): void {
  if (filter === undefined) return;
  try {
    compileFrameFilter(filter);
  } catch (error) {
    if (!(error instanceof FrameFilterError)) throw error;
    problems.error(path, `not a filter: ${error.message}`, {
      expected: 'a filter such as "arp or udp port 53"',
    });
  }
}

function checkFiles(
  capture: Scenario['captures'][number],
  index: number,
  interfaces: readonly InterfaceName[],
  writers: Map<string, number>,
  problems: Problems,
): void {
  const path = ['captures', index, 'file'];
  const perFile = new Map<string, number>();
  for (const one of interfaces) {
    const name = captureFileName(capture.file, one);
    perFile.set(name, (perFile.get(name) ?? 0) + 1);
  }
  for (const [name, count] of perFile) {
    const other = writers.get(name);
    if (other !== undefined) {
      problems.error(path, `"${name}" is written by capture ${other + 1} already`);
      return;
    }
    writers.set(name, index);
    if (capture.format !== 'pcap' || count === 1) continue;
    const expected = 'format: pcapng, or {host}-{interface} in the file name';
    problems.error(path, `"${name}" would hold ${count} interfaces, and a pcap file holds one`, { expected });
    return;
  }
  const extension = /\.(pcap|pcapng)$/.exec(capture.file)?.[1];
  if (extension === undefined || extension === capture.format) return;
  problems.warning(path, `"${capture.file}" is written as ${capture.format}`, {
    expected: `format: ${extension}`,
  });
}
