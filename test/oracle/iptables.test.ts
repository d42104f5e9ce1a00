import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arbitraryRule } from '../shell/arbitrary-rule.ts';
import { World } from '../shell/world.ts';
import { RealNamespace, realIptablesAvailable } from './real-namespace.ts';

const TABLES = ['filter', 'nat', 'mangle', 'raw'];
const RULES = 80;
/** A process for each rule: milliseconds that a busy machine may take for them. */
const PATIENCE = 600_000;

/** A word in the quotes of sh. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The same rules in every run; another seed gives others. */
const SEED = Number(process.env.PODWIRE_SEED ?? 1);

describe.runIf(realIptablesAvailable())('the real iptables', () => {
  let real: RealNamespace;
  const world = new World(['node']);

  beforeAll(() => {
    real = new RealNamespace('rules');
  });
  afterAll(() => {
    real.remove();
  });

  it('takes the same rules and prints them alike', { timeout: PATIENCE }, () => {
    for (const { table, chain, words } of fc.sample(arbitraryRule, { numRuns: RULES, seed: SEED })) {
      const line = ['iptables', '-t', table, '-A', chain, ...words];
      const { status, stderr } = real.run(line);
      const shell = world.run('node', line.map(quoted).join(' '));
      expect({ status: shell.status, stderr: shell.stderr }, line.join(' ')).toEqual({ status, stderr });
    }
    for (const table of TABLES) {
      // without -n the names come from the files of the machine
      for (const command of ['-S', '-vnL', '-nL --line-numbers']) {
        const line = `iptables -t ${table} ${command}`;
        expect(world.run('node', line).stdout, line).toBe(real.run(line.split(' ')).stdout);
      }
    }
  });
});
