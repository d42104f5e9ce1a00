/** The text of a first scenario with comments, for `podwire init NAME`. */
export function scenarioTemplate(name: string): string {
  return `# yaml-language-server: $schema=./scenario.schema.json
# A podwire scenario: two nodes, a few pods, a ping and some UDP. Run it with: podwire run FILE
# Editors complete and check it once the schema lies beside it: podwire schema > scenario.schema.json
name: ${JSON.stringify(name)}
stop: 5s                    # simulated time; numbers always carry their unit
seed: 1                     # the same seed gives the same run, bit for bit

cluster:
  defaults: { rate: 10Gbit, delay: 5us, mtu: 1500 }
  nodes:
    node[1-2]: { address: 192.168.1.11/24 }    # node1 has .11, node2 .12
  # Nodes share one LAN switch unless lans: says otherwise. What a cable is like can be said one by one:
  links:
    - { endpoints: ["node2:eth0", lan], rate: 1Gbit, queue: 256 packets }

# Each node gets a slice of this range: node1 10.244.1.0/24, node2 10.244.2.0/24.
pod_cidr: { range: 10.244.0.0/16, per_node: 24 }

# On each node a bridge; for each pod a namespace and a veth pair; on each node a route to the other's pods.
pod_network: { kind: bridge, bridge: v-net-0, routes: per-node }

pods:
  web: { replicas: 4 }                         # web-0 .. web-3, in turns on all nodes
  client: { node: node1 }                      # client-0

traffic:
  probe: { kind: ping, from: pod/client-0, to: pod/web-1, every: 100ms }
  load: { kind: udp, from: pod/client-0, to: pod/web-*, arrivals: poisson, rate: 20Mbit, size: 1200 B, start: 1s }

events:
  - { at: 3s, link_down: "node2:eth0", for: 500ms }

captures:
  - { interface: "node*:eth0", file: underlay.pcapng }

thresholds:
  probe.loss: "< 20%"
`;
}
