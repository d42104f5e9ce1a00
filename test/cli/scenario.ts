/** A small scenario that runs in a few milliseconds. */
export const SMALL = `name: small
stop: 1s
cluster:
  nodes:
    node[1-2]: { address: 192.168.1.11/24 }
pods:
  web: { replicas: 2 }
traffic:
  probe: { kind: ping, from: pod/web-0, to: pod/web-1, every: 100ms }
  load: { kind: udp, from: pod/web-0, to: pod/web-1, arrivals: poisson, rate: 100/s, size: 500 B }
captures:
  - { interface: "node*:eth0", file: underlay.pcapng }
thresholds:
  probe.loss: "== 0%"
`;

/** The same with a route that is wrong: node1 sends web-1's packets to an address where nobody is. */
export const MISROUTED = `${SMALL.replace('pods:\n', 'pod_network: { routes: none }\npods:\n').replace(
  '    node[1-2]: { address: 192.168.1.11/24 }',
  `    node1: { address: 192.168.1.11/24, routes: ["10.244.2.0/24 via 192.168.1.99"] }
    node2: { address: 192.168.1.12/24, routes: ["10.244.1.0/24 via 192.168.1.11"] }`,
)}`;
