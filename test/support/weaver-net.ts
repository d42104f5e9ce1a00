import { connect } from '../../models/netns/interface/link-control.ts';
import type { Network } from '../../models/netns/network.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { IpamError } from '../../models/weave/ipam/ipam-error.ts';
import { Weaver } from '../../models/weave/weaver.ts';
import type { WeaverOptions } from '../../models/weave/weaver-options.ts';
import { type CommandResult, type Job, Shell } from '../../shell/shell.ts';
import { addHost, IDEAL_CABLE, ip, newNetwork, prefix, SECOND } from './networks.ts';

/** Nodes on one switch, 192.168.77.11 and on, with a whole Weave router each and a shell to speak to it by. */
export class WeaverNet {
  readonly network: Network = newNetwork();
  readonly nodes: NetworkNamespace[] = [];
  readonly weavers: Weaver[] = [];
  readonly lan: NetworkNamespace;
  private readonly first: number;

  constructor(firstAddress = '192.168.77.11') {
    this.first = ip(firstAddress);
    this.lan = addHost(this.network, 'lan');
    this.lan.addBridge({ name: 'sw' });
    this.lan.setLinkUp('sw', true);
  }

  /** A node whose router is not started yet. */
  addNode(): NetworkNamespace {
    const number = this.nodes.length + 1;
    const node = addHost(this.network, `node${number}`);
    const port = this.lan.addPhysical({ name: node.name });
    connect(node.addPhysical({ name: 'eth0' }), port, { ...IDEAL_CABLE, delay: 20_000 });
    node.setLinkUp('eth0', true);
    this.lan.setLinkUp(node.name, true);
    this.lan.setMaster(node.name, 'sw');
    node.addAddress('eth0', { address: this.first + number - 1, prefixLength: 24 });
    this.nodes.push(node);
    return node;
  }

  /** A node with its router, 02:00:00:00:00:01(node-1) and so on if nothing else is said; it starts now. */
  addPeer(options: Partial<WeaverOptions> = {}): Weaver {
    const namespace = this.addNode();
    const number = this.nodes.length;
    const { destination: address, prefixLength: length } = prefix('10.32.0.0/12');
    const weaver = new Weaver({
      ...{ namespace, name: 0x020000000000 + number, nickname: `node-${number}`, targets: [] },
      ...{ range: { address, length }, init: { kind: 'consensus', peers: 1 }, datapath: 'sleeve' },
      ...options,
    });
    weaver.start();
    this.weavers.push(weaver);
    return weaver;
  }

  /** Plugs a pod into a node; it has an address before this returns, or will have none. */
  attach(node: number, name: string, id: string): NetworkNamespace {
    const pod = addHost(this.network, name);
    let failure = `${name} waits`;
    this.weavers[node - 1].attach(pod, id, (result) => {
      failure = result instanceof IpamError ? result.message : '';
    });
    this.advance(1);
    if (failure !== '') throw new Error(failure);
    return pod;
  }

  /** Runs a line on a node, which must end without simulated time going by. */
  run(node: number, line: string): CommandResult {
    return new Shell(this.network, this.nodes[node - 1]).run(line);
  }

  /** What a line prints that has to succeed. */
  print(node: number, line: string): string {
    const { status, stdout, stderr } = this.run(node, line);
    if (status !== 0 || stderr !== '') throw new Error(`${line}: ${status} ${stderr}`);
    return stdout;
  }

  start(node: number, line: string): Job {
    return new Shell(this.network, this.nodes[node - 1]).start(line);
  }

  /** Lets simulated time go by. */
  advance(seconds: number): void {
    const { simulation } = this.network;
    simulation.run({ until: simulation.now + Math.round(seconds * SECOND) });
  }
}
