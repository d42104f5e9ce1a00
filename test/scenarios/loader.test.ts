import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../scenarios/loader.ts';
import { errorsOf, loadValid, threeNodes } from './load.ts';

describe('loadScenario', () => {
  it('reads values in base units and fills in the defaults', () => {
    const { scenario, warnings } = loadValid(threeNodes('pods: { web: {} }'));
    expect(warnings).toEqual([]);
    expect(scenario).toMatchObject({
      name: 'three',
      seed: 1,
      stop: 10e9,
      cluster: {
        defaults: { rate: 10e9, delay: 5000, mtu: 1500, queue: { packets: 1000 }, loss: 0, overhead: 24 },
        lans: { lan: { kind: 'switch', ageing: 300e9 } },
      },
      pod_network: { kind: 'bridge', bridge: 'v-net-0', routes: 'per-node' },
      pods: { web: { replicas: 1, spread: 'node' } },
    });
  });

  it('tells file, line, column, path, expectation and nearest name of an unknown key', () => {
    const result = loadScenario(threeNodes('pods:\n  web: { replica: 3 }'), 'dir/a.yaml');
    expect(result.errors).toEqual([
      {
        severity: 'error',
        file: 'dir/a.yaml',
        line: 7,
        column: 10,
        path: 'pods.web.replica',
        message: 'unknown key "replica"',
        expected: 'one of replicas, node, spread, per_node, address, listen, qdisc',
        nearest: 'replicas',
      },
    ]);
  });

  it('tells all errors of a file at once, those of its meaning too', () => {
    const text = `name: many
stop: 10
sead: 4
cluster:
  nodes:
    a: { address: 192.168.1.11/24, default_gateway: 192.168.2.1 }
    b: { address: 192.168.1.11/24 }
pods:
  web: { replicas: 2, nod: a }
traffic:
  t: { kind: ping, from: pod/web-0, to: pod/weeb-1, every: 10 }
  u: { kind: tpc, from: pod/web-0, to: pod/web-1 }
events:
  - { at: 1s, link_dwn: "a:eth0" }
  - { at: 1s, link_down: "a:eth7" }
thresholds:
  t.los: "< 1%"
`;
    expect(errorsOf(text).map((line) => line.replace(/ \(.*/, ''))).toEqual([
      '2:7: 10 has no unit',
      '3:1: unknown key "sead"',
      '6:53: the gateway 192.168.2.1 is on no subnet of a',
      '7:19: b:eth0 has the address 192.168.1.11 of a:eth0',
      '9:23: unknown key "nod"',
      '11:41: there is no pod "weeb-1"',
      '11:60: 10 has no unit',
      '12:14: "tpc" is not valid here',
      '14:15: unknown key "link_dwn"',
      '15:26: "a" has no interface "eth7"',
      '17:3: ping traffic has no figure "los"',
    ]);
  });

  it('does not report the echoes of a broken definition', () => {
    const text = threeNodes(`pods: { web: { replicas: 3x } }
traffic: { t: { kind: ping, from: pod/web-0, to: pod/web-2 } }
thresholds: { u.loss: "< 1%" }
`);
    expect(errorsOf(text)).toEqual([
      '6:26: "3x" is not valid here (expected a number)',
      '8:15: there is no traffic "u" (did you mean "t.loss"?)',
    ]);
  });

  it('keeps the places of list entries that stand behind a broken one', () => {
    const text = threeNodes(`events:
  - { at: 1s, link_down: 5 }
  - { at: 1 s, link_down: "node1:eth0" }
  - { at: 2, link_down: "node1:eth0" }
  - { at: 3s, link_down: "node1:eth1" }
`);
    expect(errorsOf(text).map((line) => line.replace(/ \(.*/, ''))).toEqual([
      '7:26: the number 5 is not valid here',
      '9:11: 2 has no unit',
      '10:26: "node1" has no interface "eth1"',
    ]);
  });

  it.each([
    ['', ['1:1: the scenario is empty (expected name, stop, cluster)']],
    ['- 1', ['1:1: a list is not valid here (expected a map)']],
    ['hello', ['1:1: "hello" is not valid here (expected a map)']],
    [
      'a: [',
      [
        '1:5: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
    ['--- {}\n--- {}\n', ['2:1: a second document begins (expected one scenario in a file)']],
    ['%YAML 1.1\n--- {}\n', ['1:1: YAML 1.1 is not read (expected YAML 1.2, or no %YAML line)']],
    ['a: \u0007', ['1:4: the file holds the control character U+0007 (expected text in UTF-8)']],
    ['a: \ufffd', ['1:4: the file holds bytes that are not UTF-8 (expected text in UTF-8)']],
  ])('explains %j', (text, errors) => {
    expect(errorsOf(text).map((line) => line.replace(/\n/g, ' '))).toEqual(errors);
  });

  it('points at what is missing', () => {
    expect(errorsOf('name: x\ncluster:\n  nodes: { a: {} }\n  links: [{ rate: 1Gbit }]\n')).toEqual([
      '1:1: the key "stop" is missing',
      '4:11: the key "endpoints" is missing',
    ]);
  });
});

describe('YAML beyond plain maps', () => {
  it.each([
    ['name: x\nname: y\n', '2:1: the key "name" stands here a second time'],
    ['a: &a [*a]\n', '1:8: the alias "a" stands inside what it refers to'],
    ['a: &one 1\nb: *oen\n', '2:4: nothing before has the anchor "oen" (did you mean "one"?)'],
    ['__proto__: { x: 1 }\n', '1:1: the key "__proto__" is not allowed'],
    [
      'a: &a {}\nb: { <<: *a }\n',
      '2:6: merge keys are not part of YAML 1.2 (expected an alias in the place of the whole map)',
    ],
    ['? [a]\n: 1\n', '1:3: a key is not plain text'],
    ['a: !!binary x\n', '1:4: not valid YAML: Unresolved tag: tag:yaml.org,2002:binary'],
  ])('%j is refused', (text, message) => {
    expect(errorsOf(text)).toContain(message);
  });

  it('follows anchors and aliases', () => {
    const { scenario } = loadValid(threeNodes('pods: { a: &a { replicas: 2 }, b: *a }'));
    expect(scenario.pods.b.replicas).toBe(2);
  });

  it('places an error behind an alias where the value is written', () => {
    expect(errorsOf(threeNodes('pods: { a: &a { replicas: 0 }, b: *a }'))).toEqual([
      '6:27: 0 is out of range (expected at least 1)',
      '6:27: 0 is out of range (expected at least 1)',
    ]);
  });

  it.each([
    [
      'name: “web"',
      '1:7: the character U+201C (“) is a left double quotation mark, not a straight quote (expected ")',
    ],
    [
      'name: ‘web’',
      "1:7: the character U+2018 (‘) is a left single quotation mark, not a straight quote (expected ')",
    ],
    [
      'name: web”',
      '1:10: the character U+201D (”) is a right double quotation mark, not a straight quote (expected ")',
    ],
    [
      '“name”: x',
      '1:1: the character U+201C (“) is a left double quotation mark, not a straight quote (expected ")',
    ],
    [
      'stop: 10\u00a0s',
      '1:9: the character U+00A0 is a no-break space, not a plain space (expected a plain space)',
    ],
    ['– a', '1:1: the character U+2013 (–) is a en dash, not a hyphen (expected -)'],
  ])('explains the typographic character in %j', (text, message) => {
    expect(errorsOf(text)).toContain(message);
  });

  it('leaves typographic characters alone where they are text', () => {
    const { scenario } = loadValid(
      threeNodes()
        .replace('three', "“it's — a ‘name’” of 노드")
        .replace(/name: (.*)/, "name: '$1'")
        .replace("it's", "it''s"),
    );
    expect(scenario.name).toBe("“it's — a ‘name’” of 노드");
  });
});

describe('settings from the command line', () => {
  const text = threeNodes(`pods: { web: { replicas: 2 } }
traffic: { t: { kind: udp, from: pod/web-0, to: pod/web-1, rate: 1Mbit } }
events: [{ at: 1s, link_down: "node1:eth0" }]
thresholds: { t.loss: "< 1%" }
`);

  it('replace values of the file, also inside lists and at keys with dots', () => {
    const set = ['traffic.t.rate=2Mbit', 'events.0.at=2s', 'events[0].for=1s', 'thresholds.t.loss=< 2%'];
    const { scenario } = loadValid(text, { set, seed: 7, stop: '5s' });
    expect(scenario).toMatchObject({ seed: 7, stop: 5e9, events: [{ at: 2e9, for: 1e9 }] });
    expect(scenario.traffic.t).toMatchObject({ rate: { unit: 'bit', perSecond: 2e6 } });
    expect(scenario.thresholds['t.loss'].value).toBe(0.02);
  });

  it('make what is not there yet', () => {
    const set = [
      'cluster.nodes.node[1-3].sysctls["net.ipv4.ip_forward"]=0',
      'cluster.defaults.delay=1ms',
      'measure={warmup: 1s}',
    ];
    const { scenario } = loadValid(text, { set });
    expect(scenario.cluster.nodes['node[1-3]'].sysctls).toEqual({ 'net.ipv4.ip_forward': '0' });
    expect(scenario.cluster.defaults.delay).toBe(1e6);
    expect(scenario.measure.warmup).toBe(1e9);
  });

  it.each([
    [
      ['traffic.t.rate=fast'],
      '--set traffic.t.rate=fast:1:1: "fast" is not a rate (expected a rate in bits or packets such as 200Mbit or 1000/s)',
    ],
    [['traffic.t.rat=1Mbit'], '--set traffic.t.rat=1Mbit:1:1: unknown key "rat" (did you mean "rate"?)'],
    [['traffic'], '--set traffic:1:1: a setting needs a path and a value (expected path=value)'],
    [
      ['events.9.at=1s'],
      '--set events.9.at=1s:1:8: "9" is not a position in this list (expected a position from 0 to 1)',
    ],
    [['name.x=1'], '--set name.x=1:1:1: "name" holds a single value and has nothing inside'],
    [['__proto__.x=1'], '--set __proto__.x=1:1:1: no key here (expected path=value)'],
    [['name=[1'], '--set name=[1:1:8: not valid YAML: Flow sequence must end with a ]'],
  ])('%j is refused', (set, message) => {
    expect(errorsOf(text, { set })).toEqual([message]);
  });

  it('a wrong --stop is told as such', () => {
    expect(errorsOf(text, { stop: '5' })[0]).toMatch(/^--stop stop=5:1:1: 5 has no unit/);
  });
});
