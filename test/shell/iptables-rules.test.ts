import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { TableName } from '../../models/netfilter/control-types.ts';
import { parseCommandLine } from '../../shell/commands/iptables/command-line.ts';
import { saveRule } from '../../shell/commands/iptables/save-rule.ts';
import { splitLine } from '../../shell/commands/iptables/split-line.ts';
import { arbitraryRule } from './arbitrary-rule.ts';

function parse(table: TableName, words: readonly string[]) {
  const options = { table, hosts: new Map(), hasSet: () => true, chainExists: () => true };
  const line = parseCommandLine(words, options);
  if (typeof line === 'string') throw new Error(`asks for ${line}`);
  return line.rules[0];
}

describe('a rule of iptables', () => {
  test.prop([arbitraryRule], { numRuns: 2000 })(
    'prints as a line that means the same',
    ({ table, chain, words }) => {
      const rule = parse(table as TableName, ['-A', chain, ...words]);
      const text = saveRule(chain, rule);
      const again = parse(table as TableName, splitLine(text));
      expect(saveRule(chain, again)).toBe(text);
      expect(again).toEqual(rule);
    },
  );
});
