import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NO_MASQ_LOCAL_SET } from '../../../../models/weave/bridge/bridge-rules.ts';
import { parseMac } from '../../../../models/wire/mac-address.ts';
import { Shell } from '../../../../shell/shell.ts';
import { maskText } from '../../../golden/state-masks.ts';
import { maskAnswer } from '../../../shell/transcript-masks.ts';
import { ip } from '../../../support/networks.ts';
import { WeaveNet, type WeaveNetOptions } from '../../../support/weave-net.ts';

/** Sections `# command` of a recorded state. */
function recorded(file: string): Map<string, string> {
  const text = readFileSync(new URL(`../../../golden/weave/${file}.txt`, import.meta.url), 'utf8');
  const sections = text.split(/^# /m).slice(1);
  return new Map(
    sections.map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1).trim()];
    }),
  );
}

const CONTEXT = { knownMacs: new Set<string>(), reachabilityIsRandom: true };

/** What no podwire namespace has: names of namespaces and queues, settings of multicast and of offloads. */
const LEFT_OUT: readonly [RegExp, string][] = [
  [/ link-netns(id)? \S+/g, ''],
  [/ qdisc \S+/g, ''],
  [/ qlen \d+/g, ''],
  [/mcast_snooping \d/g, ''],
];

function comparable(command: string, text: string): string {
  const masked = maskAnswer(command, maskText(command, text, CONTEXT));
  return LEFT_OUT.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), masked)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** The physical interface of the recording is one end of a veth pair. */
const withoutUnderlay = (text: string) => text.replace(/^N: eth0.*\n(?:(?!N: ).*\n)*/m, '');

function build(options: Partial<WeaveNetOptions>, pods: [name: string, cidr: string][]): WeaveNet {
  const net = new WeaveNet({ nodes: 2, ...options });
  net.expose(1, '10.32.0.1/12');
  net.expose(2, '10.44.0.0/12');
  net.connect(2, 1);
  for (const [name, cidr] of pods) net.attach(name.startsWith('a') ? 1 : 2, name, cidr, name.repeat(32));
  net.run(1e9);
  return net;
}

function answer(net: WeaveNet, namespace: string, command: string): string {
  const { stdout, stderr } = new Shell(net.network, net.network.namespace(namespace)!).run(command);
  expect(stderr).toBe('');
  return stdout;
}

/** As a section of a recording is called, and the command that shows it. */
const LOOKS: readonly [section: string, command: string][] = [
  ['ip -d link', 'ip -d link'],
  ['ip addr', 'ip -4 addr'],
  ['ip route', 'ip route'],
  ['bridge link', 'bridge -d link'],
  ['iptables -S (filter)', 'iptables -S'],
  ['iptables -t nat -S', 'iptables -t nat -S'],
];

describe('a node without flags', () => {
  const net = build({}, [
    ['a1', '10.32.0.2/12'],
    ['a2', '10.32.0.3/12'],
    ['a4', '10.32.0.4/12'],
  ]);
  const state = recorded('two-plain/state/peer1-node');

  it.each(LOOKS)('%s', (section, command) => {
    const shown = withoutUnderlay(comparable(command, answer(net, 'node1', command)));
    expect(shown).toBe(withoutUnderlay(comparable(command, state.get(section)!)));
  });

  it('has a bridge whose address is the name of the peer', () => {
    expect(net.nodes[0].namespace.link('weave')!.mac).toBe(parseMac('02:00:00:00:00:01'));
  });
});

describe('a node with the flags of Kubernetes', () => {
  const firstAddress = '192.168.95.11';
  const config = { mtu: 1376, expectNpc: true, noMasqLocal: true };
  const net = build({ config, firstAddress }, [['a1', '10.32.0.2/12']]);
  const { netfilter } = net.nodes[0].namespace;
  netfilter.addSetEntry(NO_MASQ_LOCAL_SET, { address: ip('10.32.0.0'), prefixLength: 13 });
  netfilter.addSetEntry(NO_MASQ_LOCAL_SET, { address: ip('10.40.0.0'), prefixLength: 14 });
  const state = recorded('k8s-flags/state/peer1-node');

  it.each([...LOOKS, ['ipset list', 'ipset list']])('%s', (section, command) => {
    const shown = withoutUnderlay(comparable(command, answer(net, 'node1', command)));
    expect(shown).toBe(withoutUnderlay(comparable(command, state.get(section)!)));
  });
});

describe('a pod', () => {
  const net = build({}, [['a1', '10.32.0.2/12']]);
  const state = recorded('two-plain/state/pod-a1');
  const looks = [...LOOKS.slice(0, 3), ['iptables -S', 'iptables -S'] as const];

  it.each(looks)('%s', (section, command) => {
    expect(comparable(command, answer(net, 'a1', command))).toBe(comparable(command, state.get(section)!));
  });

  it.each([
    ['base_reachable_time', '5'],
    ['delay_first_probe_time', '2'],
    ['ucast_solicit', '1'],
  ])('has %s %s', (key, value) => {
    for (const [name, dev] of [
      ['a1', 'eth0'],
      ['node1', 'weave'],
    ]) {
      expect(net.network.namespace(name)!.sysctl(`net.ipv4.neigh.${dev}.${key}`)).toBe(value);
    }
  });
});
