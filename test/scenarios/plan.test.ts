import { describe, expect, it } from 'vitest';
import { formatIpv4, formatPrefix } from '../../models/wire/ipv4-address.ts';
import { formatMac } from '../../models/wire/mac-address.ts';
import { podBridge, podInterface, podRoutesOf } from '../../scenarios/plan/pod-network.ts';
import { trafficPairs } from '../../scenarios/plan/traffic-pairs.ts';
import { meanSize } from '../../scenarios/plan/traffic-sizes.ts';
import type { ClusterPlan } from '../../scenarios/plan.ts';
import { podName } from '../../scenarios/topology/pod-names.ts';
import { loadValid, planOf, threeNodes } from './load.ts';

/** The extra routes of a host as `ip route` writes them. */
function routesOf(plan: ClusterPlan, host: string): string[] {
  return [...podRoutesOf(plan, plan.hostByName.get(host)!)].map(
    (route) =>
      `${formatPrefix({ address: route.destination, length: route.prefixLength })} via ${formatIpv4(route.gateway)}`,
  );
}

function name(plan: ClusterPlan, endpoint: number | undefined): string {
  if (endpoint === undefined) return 'nobody';
  return plan.hosts[endpoint]?.name ?? podName(plan.pods, endpoint - plan.hosts.length);
}

/** The pairs of the only traffic, as text. */
function pairsOf(plan: ClusterPlan, draw: () => number = () => 0): string[] {
  return [...trafficPairs(plan.traffic[0], plan, draw)].map(
    ({ from, to, address }) => `${name(plan, from)}>${name(plan, to)}@${formatIpv4(address)}`,
  );
}

describe('hosts and cables', () => {
  it('have the addresses and names of the real three-node network', () => {
    const plan = planOf(threeNodes('pods: { web: { replicas: 3 } }'));
    const [node1] = plan.hosts;
    expect(node1.sysctls).toEqual([['net.ipv4.ip_forward', '1']]);
    const [nic] = node1.nics;
    expect([nic.name, formatPrefix(nic.address!), formatMac(nic.mac), nic.mtu]).toEqual([
      'eth0',
      '192.168.1.11/24',
      '0a:58:c0:a8:01:0b',
      1500,
    ]);
    const [lan] = plan.lans;
    expect([lan.name, formatMac(lan.mac), lan.ageing]).toEqual(['lan', '0e:58:00:00:00:01', 300e9]);
    expect(lan.ports.map((port) => `${port.name} ${formatMac(port.mac)}`)).toEqual([
      'p-node1 0e:58:c0:a8:01:0b',
      'p-node2 0e:58:c0:a8:01:0c',
      'p-node3 0e:58:c0:a8:01:0d',
    ]);
    expect(plan.cables).toHaveLength(3);
    expect(plan.cables[nic.cable]).toMatchObject({
      rate: 10e9,
      delay: 5000,
      queue: { packets: 1000 },
      loss: 0,
    });
    expect(plan.cables[nic.cable].ends[0].nic).toBe(nic);
    expect(plan.cables[nic.cable].ends[1].port).toBe(lan.ports[0]);
    const bridge = podBridge(plan, 0)!;
    expect([bridge.name, formatIpv4(bridge.address), formatMac(bridge.mac)]).toEqual([
      'v-net-0',
      '10.244.1.1',
      '0a:58:0a:f4:01:01',
    ]);
    const pod = podInterface(plan, 0);
    expect({ ...pod, mac: formatMac(pod.mac), vethMac: formatMac(pod.vethMac) }).toEqual({
      pod: 'web-0',
      node: 0,
      address: 0x0af40102,
      prefixLength: 24,
      mac: '0a:58:0a:f4:01:02',
      mtu: 1500,
      gateway: 0x0af40101,
      vethName: 'veth0af40102',
      vethMac: '0e:58:0a:f4:01:02',
    });
  });

  it('inherit from the defaults, the LAN and each link in turn', () => {
    const plan = planOf(`name: x
stop: 1s
cluster:
  defaults: { rate: 1Gbit, delay: 1us, loss: 1% }
  nodes:
    n[1-3]: { address: 10.0.0.1/24 }
  lans: { lan: { delay: 2us, queue: 8 packets } }
  links:
    - { endpoints: ["n*:eth0", lan], delay: 3us, mtu: 9000 }
    - { endpoints: ["n2:eth0", lan], rate: 100Mbit }
`);
    const cable = (host: number) => plan.cables[plan.hosts[host].nics[0].cable];
    expect(cable(0)).toMatchObject({ rate: 1e9, delay: 3000, loss: 0.01, queue: { packets: 8 }, mtu: 9000 });
    expect(cable(1)).toMatchObject({ rate: 1e8, delay: 3000, loss: 0.01, queue: { packets: 8 }, mtu: 9000 });
    expect(plan.hosts.map((host) => host.nics[0].mtu)).toEqual([9000, 9000, 9000]);
  });

  it('join nodes directly, over several LANs and over a trunk', () => {
    const plan = planOf(`name: x
stop: 1s
cluster:
  nodes:
    a: { nics: { eth0: { address: 10.0.0.1/24, lan: l1 }, eth1: { address: 10.1.0.1/30 } } }
    b: { nics: { eth0: { address: 10.0.0.2/24 }, eth1: { address: 10.1.0.2/30, mac: 02:00:00:00:00:05 } } }
    c: { address: 10.3.0.3/24 }
  lans: { l1: {}, l2: { members: ["b:eth0"] }, l3: { subnet: 10.3.0.0/24 } }
  routers: { r: { nics: { eth0: { address: 10.3.0.1/24, lan: l3 } }, sysctls: { net.ipv4.ip_default_ttl: 32 } } }
  links:
    - { endpoints: ["a:eth1", "b:eth1"], rate: 25Gbit }
    - { endpoints: [l1, l2], delay: 1ms }
`);
    const ends = plan.cables.map((cable) =>
      cable.ends
        .map((end) =>
          end.nic
            ? `${plan.hosts[end.nic.host].name}:${end.nic.name}`
            : `${plan.lans[end.port.lan].name}:${end.port.name}`,
        )
        .join('='),
    );
    expect(ends).toEqual([
      'a:eth1=b:eth1',
      'l1:t-l2=l2:t-l1',
      'a:eth0=l1:p-a',
      'b:eth0=l2:p-b',
      'c:eth0=l3:p-c',
      'r:eth0=l3:p-r',
    ]);
    expect(plan.cables.slice(0, 2).map(({ rate, delay }) => [rate, delay])).toEqual([
      [25e9, 5000],
      [10e9, 1e6],
    ]);
    expect(plan.lans[0].domain).toBe(plan.lans[1].domain);
    expect(formatMac(plan.hosts[1].nics[1].mac)).toBe('02:00:00:00:00:05');
    expect(plan.hosts[3]).toMatchObject({
      kind: 'router',
      sysctls: [
        ['net.ipv4.ip_forward', '1'],
        ['net.ipv4.ip_default_ttl', '32'],
      ],
    });
  });

  it('have port names that Linux takes and that are unique on their switch', () => {
    const plan = planOf(`name: x
stop: 1s
cluster:
  nodes:
    a-very-long-name[1-12]: {}
    b: { nics: { eth0: {}, eth1: {} } }
`);
    const names = plan.lans[0].ports.map((port) => port.name);
    expect(new Set(names).size).toBe(14);
    for (const port of names) expect(port).toMatch(/^[a-z0-9-]{1,15}$/);
    expect(names.slice(-2)).toEqual(['p-b', 'p-b-eth1']);
    expect(new Set(plan.hosts.flatMap((host) => host.nics.map((nic) => nic.mac))).size).toBe(14);
  });
});

describe('pods', () => {
  it('take turns on all nodes, or on those named, or fill every node', () => {
    const plan = planOf(
      threeNodes('pods: { a: { replicas: 4 }, b: { replicas: 3, node: "node[2-3]" }, c: { per_node: 2 } }'),
    );
    const places = Array.from({ length: plan.pods.count }, (_, pod) => {
      return `${podName(plan.pods, pod)} ${plan.hosts[plan.pods.node[pod]].name} ${formatIpv4(plan.pods.address[pod])}`;
    });
    expect(places).toEqual([
      'a-0 node1 10.244.1.2',
      'a-1 node2 10.244.2.2',
      'a-2 node3 10.244.3.2',
      'a-3 node1 10.244.1.3',
      'b-0 node2 10.244.2.3',
      'b-1 node3 10.244.3.3',
      'b-2 node2 10.244.2.4',
      'c-0 node1 10.244.1.4',
      'c-1 node1 10.244.1.5',
      'c-2 node2 10.244.2.5',
      'c-3 node2 10.244.2.6',
      'c-4 node3 10.244.3.4',
      'c-5 node3 10.244.3.5',
    ]);
  });

  it('leave given addresses to those that ask for them', () => {
    const plan = planOf(
      threeNodes(
        'pods: { a: { replicas: 3, node: node1 }, b: { replicas: 2, node: node1, address: 10.244.1.3 } }',
      ),
    );
    expect([...plan.pods.address].map(formatIpv4)).toEqual([
      '10.244.1.2',
      '10.244.1.5',
      '10.244.1.6',
      '10.244.1.3',
      '10.244.1.4',
    ]);
  });

  it('are counted in columns when there are a hundred thousand', () => {
    const plan = planOf(`name: big
stop: 1s
cluster: { nodes: { "node[1-100]": { address: 192.168.0.1/16 } } }
pod_cidr: { range: 10.0.0.0/8, per_node: 22 }
pods: { pod: { per_node: 1000 } }
traffic: { s: { kind: udp, from: pod/*, to: pod/*, pattern: next-node, every: 8ms } }
`);
    expect(plan.pods.count).toBe(100_000);
    expect(new Set(plan.pods.address).size).toBe(100_000);
    expect(plan.traffic[0].from.endpoints).toHaveLength(100_000);
    const receivers = new Set<number>();
    for (const { from, to } of trafficPairs(plan.traffic[0], plan, () => 0)) {
      const [sender, receiver] = [from - 100, to! - 100];
      expect(plan.pods.node[receiver]).toBe((plan.pods.node[sender] + 1) % 100);
      receivers.add(receiver);
    }
    expect(receivers.size).toBe(100_000);
  });
});

describe('routes to pods', () => {
  const pods = 'pods: { web: { replicas: 4 } }\n';

  it('go to each node', () => {
    const plan = planOf(threeNodes(`${pods}pod_network: { routes: per-node }`));
    expect(routesOf(plan, 'node1')).toEqual([
      '10.244.2.0/24 via 192.168.1.12',
      '10.244.3.0/24 via 192.168.1.13',
    ]);
  });

  it('go to each pod', () => {
    const plan = planOf(threeNodes(`${pods}pod_network: { routes: per-pod }`));
    expect(routesOf(plan, 'node2')).toEqual([
      '10.244.1.2/32 via 192.168.1.11',
      '10.244.3.2/32 via 192.168.1.13',
      '10.244.1.3/32 via 192.168.1.11',
    ]);
  });

  it('are left out', () => {
    expect(routesOf(planOf(threeNodes(`${pods}pod_network: { routes: none }`)), 'node1')).toEqual([]);
    expect(routesOf(planOf(threeNodes()), 'node1')).toEqual([]);
  });

  it('are all on one router, the default gateway of the nodes', () => {
    const plan = planOf(
      `${threeNodes()}  routers: { gw: { nics: { eth0: { address: 192.168.1.1/24 } } } }\n${pods}pod_network: { routes: router }`,
    );
    expect(routesOf(plan, 'node1')).toEqual(['0.0.0.0/0 via 192.168.1.1']);
    expect(routesOf(plan, 'gw')).toEqual([
      '10.244.1.0/24 via 192.168.1.11',
      '10.244.2.0/24 via 192.168.1.12',
      '10.244.3.0/24 via 192.168.1.13',
    ]);
  });

  it('go over routers between the subnets of nodes', () => {
    const plan = planOf(`name: x
stop: 1s
cluster:
  nodes:
    a: { address: 10.1.0.2/24, lan: l1, default_gateway: 10.1.0.1 }
    b: { address: 10.2.0.2/24, lan: l2, default_gateway: 10.2.0.1 }
  lans: { l1: {}, l2: {} }
  routers:
    r1:
      nics: { eth0: { address: 10.1.0.1/24, lan: l1 }, eth1: { address: 10.9.0.1/30 } }
      routes: [10.2.0.0/24 via 10.9.0.2]
    r2:
      nics: { eth0: { address: 10.2.0.1/24, lan: l2 }, eth1: { address: 10.9.0.2/30 } }
      routes: [10.1.0.0/24 via 10.9.0.1]
  links: [{ endpoints: ["r1:eth1", "r2:eth1"] }]
pods: { web: { replicas: 2 } }
`);
    expect(routesOf(plan, 'a')).toEqual(['10.244.2.0/24 via 10.1.0.1']);
    expect(routesOf(plan, 'r1')).toEqual(['10.244.1.0/24 via 10.1.0.2', '10.244.2.0/24 via 10.9.0.2']);
    expect(routesOf(plan, 'r2')).toEqual(['10.244.1.0/24 via 10.9.0.1', '10.244.2.0/24 via 10.2.0.2']);
  });
});

describe('traffic', () => {
  const plan = (keys: string) =>
    planOf(
      threeNodes(
        `pods: { a: { replicas: 3 }, b: { replicas: 2 } }\ntraffic: { t: { kind: udp, every: 1ms, ${keys} } }`,
      ),
    );

  it.each([
    ['from: pod/a-*, to: pod/b-*', ['a-0>b-0@10.244.1.3', 'a-1>b-1@10.244.2.3', 'a-2>b-0@10.244.1.3']],
    ['from: pod/b-1, to: pod/a-*', ['b-1>a-0@10.244.1.2', 'b-1>a-1@10.244.2.2', 'b-1>a-2@10.244.3.2']],
    ['from: pod/b-*, to: pod/b-*, pattern: all-to-all', ['b-0>b-1@10.244.2.3', 'b-1>b-0@10.244.1.3']],
    [
      'from: pod/a-*, to: pod/a-*, pattern: next-node',
      ['a-0>a-1@10.244.2.2', 'a-1>a-2@10.244.3.2', 'a-2>a-0@10.244.1.2'],
    ],
    [
      'from: pod/*, to: pod/b-*, pattern: next-node',
      [
        'a-0>b-1@10.244.2.3',
        'a-1>b-0@10.244.1.3',
        'a-2>b-0@10.244.1.3',
        'b-0>b-1@10.244.2.3',
        'b-1>b-0@10.244.1.3',
      ],
    ],
    ['from: node/node1, to: [node/node2, 10.9.9.9]', ['node1>node2@192.168.1.12', 'node1>nobody@10.9.9.9']],
    ['from: "pod/a-[0,2]", to: pod/b-0', ['a-0>b-0@10.244.1.3', 'a-2>b-0@10.244.1.3']],
  ])('{ %s } makes %j', (keys, pairs) => {
    expect(pairsOf(plan(keys))).toEqual(pairs);
  });

  it('draws a receiver for each sender, never itself', () => {
    const draws = [0, 0.5, 0.99];
    const pairs = pairsOf(plan('from: pod/a-*, to: pod/a-*, pattern: random'), () => draws.shift()!);
    expect(pairs).toEqual(['a-0>a-1@10.244.2.2', 'a-1>a-2@10.244.3.2', 'a-2>a-0@10.244.1.2']);
  });

  it('says how often packets come', () => {
    const interval = (keys: string) => {
      const [traffic] = planOf(
        threeNodes(
          `pods: { a: { replicas: 2 } }\ntraffic: { t: { kind: udp, from: pod/a-0, to: pod/a-1, ${keys} } }`,
        ),
      ).traffic;
      return traffic.kind === 'udp' ? traffic.interval : undefined;
    };
    expect(interval('every: 8ms')).toBe(8e6);
    expect(interval('rate: 125/s')).toBe(8e6);
    expect(interval('rate: 3/ms')).toBeCloseTo(1e6 / 3, 6);
    expect(interval('rate: 1Mbit, size: 1000B')).toBe(8e6);
    expect(interval('rate: 1Mbit, size: { uniform: [500B, 1500B] }')).toBe(8e6);
    expect(interval('rate: 1Mbit, size: { choice: [100B, 1900B] }')).toBe(8e6);
    expect(meanSize({ kind: 'exponential', mean: 300, min: 1, max: 65507 })).toBe(300);
  });

  it('ends with the run at the latest', () => {
    expect(plan('from: pod/a-0, to: pod/a-1, stop: 99s').traffic[0].stop).toBe(10e9);
    expect(plan('from: pod/a-0, to: pod/a-1, stop: 3s').traffic[0].stop).toBe(3e9);
  });
});

describe('events and captures', () => {
  it('are in the order of time, with what they name as places in the plan', () => {
    const plan = planOf(
      threeNodes(`pods: { web: { replicas: 2 } }
events:
  - { at: 5s, pod_add: { like: web } }
  - { at: 4s, pod_add: { like: web, node: node1 } }
  - { at: 3s, link_down: "node[2-3]:eth0", for: 500ms }
  - { at: 2s, sysctl: { node: "node*", net.ipv4.ip_forward: false }, for: 1s }
  - { at: 1s, route_delete: { node: node1, route: 10.244.2.0/24 via 192.168.1.12 } }
  - { at: 6s, pod_delete: web-3 }
  - { at: 7s, run: ip route, on: node2 }
`),
    );
    expect(plan.events.map(({ at, until, action }) => ({ at: at / 1e9, until, ...action }))).toEqual([
      {
        at: 1,
        until: undefined,
        kind: 'route-delete',
        hosts: [0],
        route: expect.objectContaining({ prefixLength: 24 }),
      },
      { at: 2, until: 3e9, kind: 'sysctl', hosts: [0, 1, 2], values: [['net.ipv4.ip_forward', '0']] },
      { at: 3, until: 3.5e9, kind: 'link-down', cables: [1, 2] },
      { at: 4, until: undefined, kind: 'pod-add', pod: 2 },
      { at: 5, until: undefined, kind: 'pod-add', pod: 3 },
      { at: 6, until: undefined, kind: 'pod-delete', pod: 3 },
      { at: 7, until: undefined, kind: 'run', hosts: [1], command: 'ip route' },
    ]);
    // Numbers and addresses are handed out in the order of time: web-2 at 4 s, web-3 at 5 s.
    expect([podName(plan.pods, 2), podName(plan.pods, 3)]).toEqual(['web-2', 'web-3']);
    expect(formatIpv4(plan.pods.address[2])).toBe('10.244.1.3');
    expect(plan.pods.initial).toBe(2);
  });

  it('names the files and their interfaces', () => {
    const plan = planOf(
      threeNodes(`pods: { web: { replicas: 3 } }
captures:
  - { interface: ["node*:eth0", "node1:*"], file: underlay.pcapng }
  - { interface: ["pod/web-*:eth0", "lan:p-node1"], file: "{node}/{host}-{interface}.pcap", format: pcap, snaplen: 128, filter: arp }
`),
    );
    const [underlay, ...rest] = plan.captures;
    expect(underlay.interfaces.map((one) => `${one.namespace}:${one.interface}`)).toEqual([
      'node1:eth0',
      'node2:eth0',
      'node3:eth0',
      'node1:lo',
      'node1:v-net-0',
      'node1:veth0af40102',
    ]);
    expect(underlay).toMatchObject({ file: 'underlay.pcapng', format: 'pcapng', snaplen: 262_144 });
    expect(rest.map(({ file }) => file)).toEqual([
      'node1/web-0-eth0.pcap',
      'node2/web-1-eth0.pcap',
      'node3/web-2-eth0.pcap',
      'lan/lan-p-node1.pcap',
    ]);
    expect(rest[0]).toMatchObject({ format: 'pcap', snaplen: 128, filter: 'arp' });
  });

  it('resolves thresholds to traffic and figure', () => {
    const text = threeNodes(`pods: { web: { replicas: 2 } }
traffic: { t: { kind: udp, from: pod/web-0, to: pod/web-1, rate: 1Mbit } }
thresholds: { t.latency.p99: "< 5ms", t.throughput: ">= 900kbit", t.lost: "== 0" }
`);
    expect(loadValid(text).warnings).toEqual([]);
    expect(planOf(text).thresholds).toEqual([
      {
        name: 't.latency.p99',
        traffic: 't',
        metric: 'latency.p99',
        comparison: '<',
        kind: 'duration',
        value: 5e6,
      },
      {
        name: 't.throughput',
        traffic: 't',
        metric: 'throughput',
        comparison: '>=',
        kind: 'rate',
        value: 9e5,
      },
      { name: 't.lost', traffic: 't', metric: 'lost', comparison: '==', kind: 'count', value: 0 },
    ]);
  });
});
