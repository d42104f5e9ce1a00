import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { formatDiagnostic } from '../../scenarios/diagnostic.ts';
import { printFullScenario } from '../../scenarios/full.ts';
import { loadScenario } from '../../scenarios/loader.ts';
import { podRoutesOf } from '../../scenarios/plan/pod-network.ts';
import { trafficPairs } from '../../scenarios/plan/traffic-pairs.ts';
import { resolve } from '../../scenarios/plan.ts';
import { scenarioTemplate } from '../../scenarios/template.ts';

/**
 * Whatever the text, loading ends in a plan whose files stay in the output folder and which prints and loads
 * again, or in errors with places inside the text, which it answers.
 */
function expectAnswer(text: string, set: string[] = []): string[] {
  const result = loadScenario(text, 'fuzz.yaml', { set });
  if (result.errors !== undefined) {
    expect(result.errors.length).toBeGreaterThan(0);
    const lines = text.split('\n');
    for (const error of result.errors) {
      expect(formatDiagnostic(error)).not.toBe('');
      if (error.file !== 'fuzz.yaml') continue;
      expect(error.line).toBeGreaterThanOrEqual(1);
      expect(error.line).toBeLessThanOrEqual(lines.length);
      expect(error.column).toBeGreaterThanOrEqual(1);
      expect(error.column).toBeLessThanOrEqual(lines[error.line - 1].length + 1);
    }
    return result.errors.map(formatDiagnostic);
  }
  const plan = resolve(result.scenario, result.topology);
  for (const { file } of plan.captures) {
    expect(file).toMatch(/^[\w{}-][\w{}.-]*(\/[\w{}-][\w{}.-]*)*$/);
  }
  for (const traffic of plan.traffic) {
    let pairs = 0;
    for (const _ of trafficPairs(traffic, plan, () => 0.5)) if (++pairs > 100) break;
  }
  for (const _ of podRoutesOf(plan, 0)) break;
  expect(loadScenario(printFullScenario(result.scenario), 'full').errors).toBeUndefined();
  return [];
}

const template = scenarioTemplate('fuzz');
const hostile = fc.constantFrom(
  '__proto__',
  'constructor',
  '../../x',
  'node[1-99999999]',
  '9'.repeat(40),
  '1e309',
  '-1',
  '0',
  '*',
  '&a',
  '*a',
  '!!js/function',
  '“',
  '\u00a0',
  '\t',
  '[',
  '{',
  '}',
  ': ',
  '? ',
  '- ',
  '|',
  '>',
  '%',
  '"',
  "'",
  '#',
  '~',
  'null',
  '.nan',
  'pod/*',
  '255.255.255.255/0',
  '10.0.0.0/33',
  '0s',
  '-5s',
  '100000h',
  '0bit',
  '\r\n',
  '\u2028',
  '\ud800',
);

describe('any text ends in a plan or in errors', () => {
  it('the template itself is a plan', () => {
    expect(expectAnswer(template)).toEqual([]);
  });

  test.prop([fc.string({ unit: 'binary', maxLength: 300 })])('random text', (text) => {
    expectAnswer(text);
  });

  test.prop([fc.uint8Array({ maxLength: 400 })])('random bytes', (bytes) => {
    expectAnswer(new TextDecoder().decode(bytes));
  });

  const edit = fc.record({
    at: fc.nat({ max: template.length }),
    remove: fc.nat({ max: 12 }),
    insert: fc.oneof(hostile, fc.string({ maxLength: 4 })),
  });

  test.prop([fc.array(edit, { minLength: 1, maxLength: 4 })], { numRuns: 400 })(
    'a template with edits',
    (edits) => {
      let text = template;
      for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
      expectAnswer(text);
    },
  );

  const lines = template.split('\n');
  test.prop([fc.shuffledSubarray(lines, { minLength: 5 })])(
    'the lines of a template, some lost, in any order',
    (some) => {
      expectAnswer(some.join('\n'));
    },
  );

  test.prop([fc.subarray(lines, { minLength: 25 })])('the lines of a template, some lost', (some) => {
    expectAnswer(some.join('\n'));
  });
});

describe('any data in the places of a scenario ends in a plan or in errors', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      hostile,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('5s', '1Gbit', '10.0.0.1/24', 'pod/web-*', 'node1:eth0', '1%', '< 1%', 'x.pcapng'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(hostile, fc.constantFrom('node1', 'web', 'at', 'kind', 'rate')), tie('any'), {
        maxKeys: 3,
      }),
    ),
  })).any;
  const path = fc.constantFrom(
    'name',
    'seed',
    'stop',
    'cluster.defaults.rate',
    'cluster.defaults.queue',
    'cluster.nodes',
    'cluster.nodes.node[1-2].address',
    'cluster.nodes.node[1-2].nics',
    'cluster.nodes.node[1-2].routes',
    'cluster.nodes.node[1-2].sysctls',
    'cluster.lans',
    'cluster.routers',
    'cluster.links',
    'cluster.links.0.endpoints',
    'pod_cidr',
    'pod_cidr.range',
    'pod_cidr.per_node',
    'pod_cidr.first',
    'pod_network',
    'pod_network.routes',
    'pods',
    'pods.web',
    'pods.web.replicas',
    'pods.web.node',
    'traffic',
    'traffic.probe',
    'traffic.load.from',
    'traffic.load.size',
    'traffic.load.arrivals',
    'events',
    'events.0',
    'events.0.at',
    'measure',
    'captures',
    'captures.0.interface',
    'captures.0.file',
    'thresholds',
  );

  test.prop([fc.array(fc.tuple(path, value), { minLength: 1, maxLength: 3 })], { numRuns: 400 })(
    'values set by path',
    (changes) => {
      const set = changes.map(
        ([where, what]) => `${where}=${stringify(what, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`,
      );
      expectAnswer(template, set);
    },
  );

  test.prop([fc.string({ unit: 'binary', maxLength: 40 })])('settings that are not even paths', (text) => {
    expectAnswer(template, [text, `${text}=1`, `cluster.${text}=x`]);
  });
});

describe('hostile files', () => {
  const deep = 50_000;

  it.each([
    ['lists in lists', '['.repeat(deep), /nested more than 64 levels deep/],
    ['closed lists in lists', `a: ${'['.repeat(deep)}${']'.repeat(deep)}`, /nested more than 64 levels deep/],
    ['maps in maps', '{a: '.repeat(deep), /nested more than 64 levels deep/],
    ['block lists in block lists', `${'- '.repeat(deep)}x`, /nested more than 64 levels deep/],
    ['keys in keys', `${'? '.repeat(deep)}x`, /nested more than 64 levels deep/],
    [
      'indentation',
      Array.from({ length: 1000 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''),
      /nested more/,
    ],
    ['a file too large', `# ${'x'.repeat(4 * 1024 * 1024)}`, /the file has 4194306 characters/],
    ['too many words', 'a: 1\n'.repeat(200_000), /more than 1000000 words and signs/],
    ['an alias bomb', bomb(), /aliases grow the file to more than 500000 values/],
    ['a deep alias chain', chain(), /nested more than 64 levels deep/],
    ['huge numbers of pods', template.replace('replicas: 4', 'replicas: 999999999999'), /is out of range/],
    ['huge ranges', template.replace('node[1-2]', 'node[1-999999999]'), /more than 10000 names/],
    ['names of prototypes', template.replace('web:', '__proto__:'), /the key "__proto__" is not allowed/],
    ['files outside', template.replace('underlay.pcapng', '../../x'), /leaves the output folder/],
  ])('%s end in a clear error', (_, text, message) => {
    expect(expectAnswer(text).join('\n')).toMatch(message);
  });

  it('reports a bounded number of errors', () => {
    const text = `${template}${Array.from({ length: 5000 }, (_, index) => `k${index}: 1\n`).join('')}`;
    const { errors = [] } = loadScenario(text, 'f');
    expect(errors).toHaveLength(201);
    expect(errors.at(-1)?.message).toBe('and 4800 more from here on');
  });

  it.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'the name %s is a name like others',
    (name) => {
      const text = template.replaceAll('probe', name).replace('first', name);
      expect(expectAnswer(text)).toEqual([]);
      const missing = loadScenario(template.replace('probe.loss', `${name}.loss`), 'f');
      expect(missing.errors?.map(formatDiagnostic)).toEqual([
        expect.stringContaining(`there is no traffic "${name}"`),
      ]);
    },
  );
});

/** Nine aliases of nine aliases of nine ...: 9^13 values. */
function bomb(): string {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`)}]`,
  );
  return `l0: &l0 [x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}\n`;
}

/** Flat to look at, and a hundred levels deep. */
function chain(): string {
  return `l0: &l0 [x]\n${Array.from({ length: 100 }, (_, level) => `l${level + 1}: &l${level + 1} [*l${level}]`).join('\n')}\n`;
}
