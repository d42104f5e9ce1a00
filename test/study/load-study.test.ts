import { describe, expect, it } from 'vitest';
import { replicationsOf, seedOf } from '../../study/replications.ts';
import { errorsOf, loadValid, SCENARIO, STUDY } from './study-file.ts';

describe('loadStudy', () => {
  it('makes a point of every combination, the last parameter changing first', () => {
    const { points } = loadValid(STUDY);
    expect(points.map(({ parameters }) => Object.values(parameters).join(' '))).toEqual([
      '500/s 200B',
      '500/s 1000B',
      '1500/s 200B',
      '1500/s 1000B',
      '3000/s 200B',
      '3000/s 1000B',
    ]);
    expect(points[3].settings).toEqual(['traffic.load.rate=1500/s', 'traffic.load.size=1000B']);
    expect(points[3].scenario.traffic.load).toMatchObject({ rate: { perSecond: 1500 }, size: 1000 });
  });

  it('leaves out what is excluded', () => {
    const { points } = loadValid(
      `${STUDY}exclude: [{ rate: [1500/s, 3000/s], size: 1000B }, { rate: 500/s }]\n`,
    );
    expect(points.map(({ parameters }) => parameters)).toEqual([
      { rate: '1500/s', size: '200B' },
      { rate: '3000/s', size: '200B' },
    ]);
  });

  it('puts parameters into keys and values of what is set, as values of their own kind', () => {
    const { points } = loadValid(`name: nodes
scenario: two-nodes.yaml
set:
  cluster.nodes: { "node[1-\${nodes}]": { address: 192.168.1.11/24, mtu: "\${mtu}" } }
  name: "with \${nodes} nodes"
parameters:
  nodes: { values: [2, 5] }
  mtu: { values: [1400] }
metrics: [load.loss]
`);
    expect(points[1].settings).toEqual([
      'cluster.nodes={"node[1-5]":{"address":"192.168.1.11/24","mtu":1400}}',
      'name=with 5 nodes',
    ]);
    expect(points[1].scenario.name).toBe('with 5 nodes');
  });

  it('takes variables that go with a value', () => {
    const { points } = loadValid(`name: sizes
scenario: two-nodes.yaml
set: { traffic.load.size: "\${payload}B" }
parameters:
  mtu: { set: cluster.defaults.mtu, values: [{ mtu: 576, payload: 548 }, { mtu: 1500, payload: 1472 }] }
exclude: [{ mtu: 576 }]
metrics: [load.loss]
`);
    expect(points.map(({ parameters, settings }) => ({ parameters, settings }))).toEqual([
      { parameters: { mtu: 1500 }, settings: ['traffic.load.size=1472B', 'cluster.defaults.mtu=1500'] },
    ]);
  });

  it('sets a fixed warm-up in the scenario', () => {
    const { points } = loadValid(`${STUDY}warmup: 20ms\n`);
    expect(points[0].settings.at(-1)).toBe('measure.warmup=20ms');
    expect(points[0].scenario.measure.warmup).toBe(20e6);
  });

  it('knows the figures of the traffic and of the run', () => {
    const { metrics } = loadValid(STUDY);
    expect(metrics.get('load.latency.p99')).toBe('duration');
    expect(metrics.get('load.throughput')).toBe('rate');
    expect(metrics.get('dropped')).toBe('count');
  });

  it('runs each point five times, or three to thirty until it is precise', () => {
    const plain = STUDY.replace('replications: 3\n', '');
    expect(replicationsOf(loadValid(plain).study)).toEqual({ min: 5, max: 5 });
    expect(replicationsOf(loadValid(STUDY).study)).toEqual({ min: 3, max: 3 });
    const precise = loadValid(`${plain}precision: { relative: 5% }\n`);
    expect(replicationsOf(precise.study)).toEqual({ min: 3, max: 30 });
  });

  it('derives a seed for every run from that of the study', () => {
    const { study } = loadValid(STUDY);
    const seeds = [0, 1, 2, 'pilot' as const].map((replication) => seedOf(study, replication));
    expect(new Set(seeds).size).toBe(4);
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
    expect(seedOf({ ...study, seed: 2 }, 0)).not.toBe(seeds[0]);
    expect(seedOf(study, 0)).toBe(seeds[0]);
  });
});

describe('errors of a study', () => {
  const cases: [what: string, text: string, errors: string[]][] = [
    ['nothing', '', ['study.yaml:1:1: the study is empty (expected name, scenario, parameters, metrics)']],
    [
      'a mistyped key',
      STUDY.replace('replications', 'replication'),
      ['study.yaml:6:1: unknown key "replication" (did you mean "replications"?)'],
    ],
    [
      'a mistyped figure',
      STUDY.replace('load.loss', 'load.throughputt'),
      [
        'study.yaml:7:29: no point of the study has the figure "load.throughputt" (did you mean "load.throughput"?)',
      ],
    ],
    [
      'a value that the scenario refuses',
      STUDY.replace('1500/s', '1500'),
      ['study.yaml:4:51: 1500 has no unit (expected a rate in bits or packets such as 200Mbit or 1000/s)'],
    ],
    [
      'a place that the scenario does not have',
      STUDY.replace('load.rate', 'load.raet'),
      ['study.yaml:4:16: unknown key "raet" (did you mean "rate"?)'],
    ],
    [
      'a scenario that is not there',
      STUDY.replace('two-nodes', 'two'),
      ['study.yaml:2:11: there is no two.yaml'],
    ],
    [
      'a variable that is no parameter',
      `${STUDY}set: { name: "\${rat}" }\n`,
      [
        'study.yaml:8:14: there is no parameter or variable "rat" (expected one of rate, size; did you mean "rate"?)',
      ],
    ],
    [
      'an exclusion of what is not there',
      `${STUDY}exclude: [{ sise: 1 }, { size: 100B }]\n`,
      [
        'study.yaml:8:13: there is no parameter "sise" (expected one of rate, size; did you mean "size"?)',
        'study.yaml:8:32: "100B" is not a value of size (expected 200B, 1000B; did you mean "200B"?)',
      ],
    ],
    [
      'variables without the value that they go with',
      STUDY.replace('200B, 1000B', '{ mtu: 1 }, 1000B'),
      ['study.yaml:5:44: the value of size itself is missing (expected { size: ... })'],
    ],
    ['no point left', `${STUDY}exclude: [{}]\n`, ['study.yaml:8:1: no point is left']],
    [
      'replications and precision',
      `${STUDY}precision: { relative: 5% }\n`,
      [
        'study.yaml:6:1: with a precision to be reached, how many runs there are is found out ' +
          '(expected replications: { min: 3, max: 30 })',
      ],
    ],
    [
      'a range without precision',
      STUDY.replace('replications: 3', 'replications: { min: 4, max: 2 }'),
      ['study.yaml:6:30: 2 is less than min (expected at least 4, the min)'],
    ],
    [
      'a figure over what is not varied',
      `${STUDY}figure: { x: load, y: [load.loss] }\n`,
      ['study.yaml:8:14: there is no parameter "load" (expected one of rate, size)'],
    ],
    [
      'a warm-up that is neither time nor method',
      `${STUDY}warmup: mser5\n`,
      [
        'study.yaml:8:9: "mser5" is not a warm-up (expected a duration such as 200ms, mser-5 or scenario; did you mean "mser-5"?)',
      ],
    ],
  ];

  it.each(cases)('%s', (_, text, errors) => {
    // lists of all keys are left out
    expect(errorsOf(text).map((line) => line.replace(/expected one of (?:\w+, ){5}.*?; /, ''))).toEqual(
      errors,
    );
  });

  it('in the scenario itself have their place there, and the point at which they show', () => {
    const scenario = SCENARIO.replace('pod/web-1', 'pod/wep-1');
    expect(errorsOf(STUDY, scenario)).toEqual([
      'two-nodes.yaml:10:43: there is no pod "wep-1", with rate = 500/s, size = 200B (did you mean "pod/web-1"?)',
    ]);
  });
});
