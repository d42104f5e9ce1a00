import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { Ping } from '../../models/traffic/ping.ts';
import { destroyBridge } from '../../models/weave/bridge/ensure-bridge.ts';
import type { PersistedIpam } from '../../models/weave/ipam/allocator.ts';
import { isIpamError } from '../../models/weave/ipam/ipam-error.ts';
import { Weaver } from '../../models/weave/weaver.ts';
import { addHost, prefix, SECOND } from './networks.ts';
import { WeaverNet } from './weaver-net.ts';

/** One thing that happens to one node. */
export interface LifeEvent {
  what: 'join' | 'attach' | 'delete' | 'cut' | 'heal' | 'kill' | 'restart' | 'reinstall' | 'remove-peer';
  node: number;
}

/** A pod that has been given an address. */
export interface LivingPod {
  readonly namespace: NetworkNamespace;
  readonly id: string;
  readonly node: number;
  readonly address: number;
}

/** Addresses for a few pods per node, so that peers have to ask each other for space. */
const RANGE = prefix('10.40.0.0/25');
/** Until what a router that lost its database hears from the others is with it. */
const RECOVERY = 5;
/** Longest wait of a target that has failed for long, and what follows, seconds. */
const RECONNECTION = 11 * 60;
/** Until what has happened among connected peers is known to all: some rounds of gossip, seconds. */
const SETTLING = 180;
const FIRST_NAME = 0x020000000001;

/** Nodes with whole Weave routers that join, die, come again, lose sight of the others; and pods that come and go. */
export class WeaverLife {
  readonly net = new WeaverNet();
  readonly weavers = new Map<number, Weaver>();
  readonly pods: LivingPod[] = [];
  private readonly count: number;
  private readonly password: string | undefined;
  private readonly databases = new Map<number, PersistedIpam | null>();
  private readonly cut = new Set<number>();
  /** Whose ranges another peer has taken over: it is not to come back with its database. */
  private readonly removed = new Set<number>();
  private drawn = 0;

  constructor(count: number, password: string | undefined) {
    this.count = count;
    this.password = password;
    for (let i = 0; i < count; i++) this.net.addNode();
  }

  run(seconds: number): void {
    this.net.advance(seconds);
  }

  do({ what, node }: LifeEvent): void {
    switch (what) {
      case 'join':
        if (!this.weavers.has(node)) this.restart(node);
        break;
      case 'attach':
        this.attach(node);
        break;
      case 'delete':
        this.delete(node);
        break;
      case 'cut':
        this.plug(node, false);
        break;
      case 'heal':
        this.plug(node, true);
        break;
      case 'kill':
        this.kill(node);
        break;
      case 'restart':
        this.kill(node);
        this.restart(node);
        break;
      case 'reinstall':
        this.reinstall(node);
        break;
      case 'remove-peer':
        this.removePeer(node);
        break;
    }
  }

  /** All come to see each other again, and all run. */
  end(): void {
    const nodes = this.net.nodes.map((_, node) => node);
    for (const node of nodes) this.plug(node, true);
    for (const node of nodes) if (!this.weavers.has(node) && !this.removed.has(node)) this.restart(node);
    this.run(RECONNECTION);
    const missing = nodes.filter((node) => !this.weavers.has(node));
    for (const node of missing) this.reinstall(node);
    // all are connected: what is left is to tell everybody
    if (missing.length > 0) this.run(SETTLING);
  }

  /** All that have ever run, but for this one, run and are connected. */
  private isWholeBut(node: number): boolean {
    const others = [...this.weavers].filter(([other]) => other !== node).map(([, weaver]) => weaver);
    const missing = [...this.databases.keys()].filter((other) => other !== node && !this.weavers.has(other));
    if (this.cut.size > 0 || missing.length > 0 || others.length === 0) return false;
    const ends = others.map(({ mesh }) => mesh.local.connections);
    return others.every(
      (one) => ends.filter((end) => end.get(one.options.name)?.established).length === others.length - 1,
    );
  }

  private plug(node: number, plugged: boolean): void {
    const { lan } = this.net;
    lan.setMaster(this.net.nodes[node].name, plugged ? 'sw' : undefined);
    if (plugged) this.cut.delete(node);
    else this.cut.add(node);
  }

  /** A router that has run before finds its database. One that was removed has to begin anew. */
  private restart(node: number): void {
    if (this.removed.has(node)) {
      this.reinstall(node);
      return;
    }
    this.start(node, this.databases.get(node) ?? null);
  }

  private start(node: number, persisted: PersistedIpam | null): void {
    const names = Array.from({ length: this.count }, (_, i) => FIRST_NAME + i);
    const addresses = this.net.nodes.map((_, i) => `192.168.77.${11 + i}`);
    const weaver = new Weaver({
      ...{ namespace: this.net.nodes[node], name: names[node], nickname: `node-${node + 1}` },
      ...{ targets: addresses.filter((_, i) => i !== node), persisted, datapath: 'sleeve' },
      ...{ range: { address: RANGE.destination, length: RANGE.prefixLength } },
      init: { kind: 'seed', peers: names },
      ...(this.password === undefined ? {} : { password: this.password }),
    });
    this.weavers.set(node, weaver);
    this.databases.set(node, null);
    weaver.start();
  }

  private kill(node: number): void {
    const weaver = this.weavers.get(node);
    if (weaver === undefined) return;
    this.databases.set(node, weaver.stop());
    this.weavers.delete(node);
  }

  /**
   * A node begins anew: no pods, no bridge, no database. Only where it hears from others what it may give out: alone it
   * would take ranges for its own that it has given away, as the real router does.
   */
  private reinstall(node: number): void {
    if (!this.isWholeBut(node)) return;
    this.kill(node);
    this.dropPods(node);
    destroyBridge(this.net.nodes[node]);
    this.removed.delete(node);
    this.start(node, null);
    this.run(RECOVERY);
  }

  private dropPods(node: number): void {
    for (const pod of this.pods.filter((one) => one.node === node)) {
      if (pod.namespace.findInterface('eth0') !== undefined) pod.namespace.deleteLink('eth0');
      this.pods.splice(this.pods.indexOf(pod), 1);
    }
  }

  /** Another peer takes over what a dead one owned; all the living must hear of it. */
  private removePeer(node: number): void {
    if (this.weavers.has(node) || this.removed.has(node) || !this.isWholeBut(node)) return;
    const [other] = this.weavers.values();
    this.run(RECOVERY);
    this.removed.add(node);
    this.databases.delete(node);
    this.dropPods(node);
    other.allocator.removePeer(`node-${node + 1}`);
    this.run(RECOVERY);
  }

  /** A pod on a node whose router runs; it may have to wait for its address. */
  private attach(node: number): void {
    const weaver = this.weavers.get(node);
    if (weaver === undefined) return;
    const name = `pod${++this.drawn}`;
    const id = `${String(this.drawn).padStart(7, '0')}`;
    const namespace = addHost(this.net.network, name);
    weaver.attach(namespace, id, (result) => {
      if (isIpamError(result) || namespace.findInterface('eth0') === undefined) return;
      this.pods.push({ namespace, id, node, address: result.address });
    });
  }

  private delete(node: number): void {
    const pod = this.pods.find((one) => one.node === node);
    const weaver = this.weavers.get(node);
    if (pod === undefined || weaver === undefined) return;
    weaver.detach(pod.namespace, pod.id);
    this.pods.splice(this.pods.indexOf(pod), 1);
  }

  /** Pods that get no answer from the next one. */
  unreachable(): string[] {
    const pings = this.pods.map((pod, i) => {
      const to = this.pods[(i + 1) % this.pods.length];
      const ping = new Ping(pod.namespace, { to: to.address, count: 3, interval: SECOND });
      ping.start(this.net.network.simulation.now);
      return { ping, pod, to };
    });
    this.run(10);
    return pings
      .filter(({ ping }) => ping.result.received === 0)
      .map(({ pod, to }) => `${pod.namespace.name} on ${pod.node} to ${to.namespace.name} on ${to.node}`);
  }
}
