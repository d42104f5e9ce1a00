import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoldenCase } from './case.ts';

export type Moment = 'before' | 'after';

/** The output of one read-only command in one namespace, as a kernel gave it. */
export interface GoldenOutput {
  namespace: string;
  command: string;
  output: string;
  /** JSON is compared as a value, not as text. */
  format: 'text' | 'json';
}

const AS_BEFORE = '(as before)';

/** What `state/` of a case holds for one moment, namespace by namespace in the order of the case. */
export function readState(golden: GoldenCase, moment: Moment): GoldenOutput[] {
  return golden.namespaces.flatMap(({ name }) => [
    ...textOutputs(golden.folder, name, moment),
    ...jsonOutputs(golden.folder, name, moment),
  ]);
}

function textOutputs(folder: string, namespace: string, moment: Moment): GoldenOutput[] {
  const sections = readSections(join(folder, 'state', `${namespace}.${moment}.txt`));
  if (moment === 'after') {
    const before = readSections(join(folder, 'state', `${namespace}.before.txt`));
    for (const [command, output] of sections) {
      if (output === AS_BEFORE) sections.set(command, before.get(command) ?? '');
    }
  }
  return [...sections].map(([command, output]) => ({ namespace, command, output, format: 'text' }));
}

/** Sections of the form `$ command`, its output, an empty line. */
function readSections(file: string): Map<string, string> {
  const sections = new Map<string, string>();
  if (!existsSync(file)) return sections;
  for (const section of readFileSync(file, 'utf8').split(/^\$ /m).slice(1)) {
    const end = section.indexOf('\n');
    sections.set(section.slice(0, end), section.slice(end + 1).trimEnd());
  }
  return sections;
}

function jsonOutputs(folder: string, namespace: string, moment: Moment): GoldenOutput[] {
  const file = join(folder, 'state', `${namespace}.${moment}.json`);
  if (!existsSync(file)) return [];
  const outputs = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  return Object.entries(outputs).map(([command, value]) => ({
    namespace,
    command,
    output: JSON.stringify(value),
    format: 'json',
  }));
}
