import type { Cable, CableSpec } from '../../models/link/cable.ts';
import { connect } from '../../models/netns/interface/link-control.ts';
import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { ZERO_PAYLOAD } from '../../models/payload.ts';
import type { TcpConnection, TcpOptions } from '../../models/transport/tcp/tcp-connection.ts';
import { addAddress, addGateway, addHost, newNetwork } from './networks.ts';
import { listen, open } from './tcp-pair.ts';

const PORT = 5001;
/** Written at a time. */
const CHUNK = 1 << 20;
const ACCESS: CableSpec = { rate: 1e9, delay: 1000, overhead: 0, queuePackets: 10_000 };

/** A sender, its receiver, and what has arrived there. */
export interface BulkFlow {
  connection: TcpConnection;
  received: number;
}

export interface Dumbbell {
  network: Network;
  /** The bottleneck, forward from the senders' side. */
  core: Cable;
  senders: NetworkNamespace[];
  receivers: NetworkNamespace[];
  /** Starts the flow from sender to receiver number `index`, which has data without end. */
  start(index: number, options?: TcpOptions): BulkFlow;
}

/** Hosts on either side of two routers with a bottleneck between them: sender i is 10.1.i.2, its receiver 10.2.i.2. */
export function dumbbell(pairs: number, bottleneck: CableSpec, access: CableSpec = ACCESS): Dumbbell {
  const network = newNetwork();
  const routers = ['left', 'right'].map((name) => addHost(network, name));
  const [left, right] = routers;
  const ends = routers.map((router) => router.addPhysical({ name: 'core' }));
  const core = connect(ends[0], ends[1], bottleneck);
  routers.forEach((router, side) => {
    router.setSysctl('net.ipv4.ip_forward', '1');
    router.setLinkUp('core', true);
    addAddress(router, 'core', `10.0.0.${side + 1}/24`);
  });
  addGateway(left, '10.2.0.0/16', '10.0.0.2');
  addGateway(right, '10.1.0.0/16', '10.0.0.1');
  const hosts = routers.map((router, side) =>
    Array.from({ length: pairs }, (_, i) => addLeaf(router, side + 1, i, access)),
  );
  const start = (index: number, options?: TcpOptions) =>
    startBulk(hosts[0][index], hosts[1][index], `10.2.${index}.2`, options);
  return { network, core, senders: hosts[0], receivers: hosts[1], start };
}

function addLeaf(router: NetworkNamespace, side: number, i: number, access: CableSpec): NetworkNamespace {
  const host = addHost(router.network, `${side === 1 ? 'sender' : 'receiver'}${i}`);
  connect(router.addPhysical({ name: `p${i}` }), host.addPhysical({ name: 'eth0' }), access);
  router.setLinkUp(`p${i}`, true);
  host.setLinkUp('eth0', true);
  addAddress(router, `p${i}`, `10.${side}.${i}.1/24`);
  addAddress(host, 'eth0', `10.${side}.${i}.2/24`);
  addGateway(host, '0.0.0.0/0', `10.${side}.${i}.1`);
  return host;
}

function startBulk(
  from: NetworkNamespace,
  to: NetworkNamespace,
  address: string,
  options?: TcpOptions,
): BulkFlow {
  const listener = listen(to, PORT, 16, options);
  const connection = open(from, address, PORT, options);
  const flow = { connection, received: 0 };
  listener.onChange = () => {
    const server = listener.accept()!;
    server.onChange = () => {
      flow.received += server.read(Number.POSITIVE_INFINITY);
    };
    server.onChange();
  };
  connection.onChange = () => {
    while (connection.connected && connection.send(CHUNK, ZERO_PAYLOAD) === CHUNK);
  };
  return flow;
}
