import { Actor } from '../../engine/actor.ts';
import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import type { PersistedIpam } from '../../models/weave/ipam/allocator.ts';
import { IpamError } from '../../models/weave/ipam/ipam-error.ts';
import type { IpamInit } from '../../models/weave/ipam/ipam-init.ts';
import type { PendingRequest } from '../../models/weave/ipam/operation.ts';
import { Weaver } from '../../models/weave/weaver.ts';
import { formatIpv4 } from '../../models/wire/ipv4-address.ts';
import type { WeavePlan } from '../plan/weave.ts';
import { podName } from '../topology/pod-names.ts';
import { hostAddress } from '../topology/topology.ts';
import { containerId } from '../topology/weave-interfaces.ts';
import { applyQdisc } from './apply-qdisc.ts';
import { type PodArrivals, type PodNetwork, podGoes, podHasCome } from './pod-arrival.ts';

/** First peer name: locally administered, and the number of the node. */
const FIRST_PEER = 0x02_00_00_00_00_01;
/** From the start of a router to the script's asking it for the address of the bridge, as recorded. */
const EXPOSE_DELAY = 250e6;

const START = 0;
const EXPOSE = 1;
const ATTACH = 2;

/**
 * A Weave router on every node, started one after the other, and pods that are attached as soon as their node has an
 * address, one after the other: the DaemonSet of Weave and the kubelets.
 */
export class WeaveNetwork extends Actor implements PodNetwork {
  /** By node; null for one that has not started. */
  readonly weavers: (Weaver | null)[];
  private readonly arrivals: PodArrivals;
  private readonly weave: WeavePlan;
  /** By node: pods that wait to be attached. */
  private readonly waiting: number[][];
  /** By node: a pod is being attached, or there is no address for the bridge yet. */
  private readonly busy: boolean[];
  /** By node: the pod that is being attached, and what it waits for. */
  private readonly attaching: ({ pod: number; request: PendingRequest | null } | null)[];
  /** By node: containers of pods that went while no router ran; it hears of them when it starts. */
  private readonly departed: string[][];
  /** By node: what a router that was killed has left in its database. */
  private readonly persisted: (PersistedIpam | null)[];

  constructor(arrivals: PodArrivals, weave: WeavePlan) {
    const { built, plan } = arrivals;
    super(built.network.simulation);
    this.arrivals = arrivals;
    this.weave = weave;
    this.weavers = Array.from({ length: plan.nodeCount }, () => null);
    this.waiting = Array.from({ length: plan.nodeCount }, () => []);
    this.busy = Array.from({ length: plan.nodeCount }, () => true);
    this.attaching = Array.from({ length: plan.nodeCount }, () => null);
    this.departed = Array.from({ length: plan.nodeCount }, () => []);
    this.persisted = Array.from({ length: plan.nodeCount }, () => null);
    for (let pod = 0; pod < plan.pods.initial; pod++) this.waiting[plan.pods.node[pod]].push(pod);
    for (let node = 0; node < plan.nodeCount; node++) {
      this.simulation.schedule(this, node * weave.startEvery, START, node);
    }
  }

  add(pod: number): void {
    const node = this.arrivals.plan.pods.node[pod];
    this.waiting[node].push(pod);
    this.attachNext(node);
  }

  remove(pod: number): void {
    const { built, plan } = this.arrivals;
    const node = plan.pods.node[pod];
    const namespace = built.pods[pod];
    this.waiting[node] = this.waiting[node].filter((other) => other !== pod);
    const attaching = this.attaching[node];
    if (attaching?.pod === pod) {
      attaching.request?.abandon();
      this.giveUp(node, pod);
      this.goOn(node);
    }
    if (namespace === null) return;
    podGoes(this.arrivals, pod);
    const weaver = this.weavers[node];
    if (weaver === null) this.departed[node].push(containerId(plan.pods, pod));
    else weaver.detach(namespace, containerId(plan.pods, pod));
    built.network.removeNamespace(namespace.name);
    built.pods[pod] = null;
  }

  stopAgent(node: number): void {
    const weaver = this.weavers[node];
    if (weaver === null) return;
    this.persisted[node] = weaver.stop();
    this.weavers[node] = null;
    this.busy[node] = true;
    const attaching = this.attaching[node];
    if (attaching === null) return;
    // nobody answers the kubelet, which will try again
    this.giveUp(node, attaching.pod);
    this.waiting[node].unshift(attaching.pod);
  }

  /** Pods that wait for an address, or for a router to ask for one. */
  get unattached(): string[] {
    const { pods } = this.arrivals.plan;
    const inHand = this.attaching.flatMap((attaching) => (attaching === null ? [] : [attaching.pod]));
    return [...inHand, ...this.waiting.flat()].sort((a, b) => a - b).map((pod) => podName(pods, pod));
  }

  startAgent(node: number): void {
    if (this.weavers[node] !== null) return;
    const { built, plan } = this.arrivals;
    const { range, mtu, password, discovery, connectionLimit } = this.weave;
    const weaver = new Weaver({
      ...{ namespace: built.hosts[node], name: FIRST_PEER + node, nickname: plan.hosts[node].name },
      targets: this.weave.targets[node].map((other) => formatIpv4(hostAddress(plan.hosts[other])!)),
      ...{ range, mtu, password, discovery, connectionLimit },
      init: this.init(),
      datapath: this.weave.datapath === 'sleeve' ? 'sleeve' : 'fastdp',
      noMasqLocal: true,
      persisted: this.persisted[node],
    });
    this.weavers[node] = weaver;
    weaver.start();
    for (const id of this.departed[node].splice(0)) weaver.allocator.release(id);
    this.simulation.schedule(this, this.simulation.now + EXPOSE_DELAY, EXPOSE, node);
  }

  override handle(kind: number, node: number): void {
    if (kind === START) this.startAgent(node);
    else if (kind === EXPOSE) this.expose(node);
    else this.attachNext(node);
  }

  /** As the launch script of Kubernetes has it: a node counts the others only. */
  private init(): IpamInit {
    const { nodeCount } = this.arrivals.plan;
    if (this.weave.init === 'consensus') return { kind: 'consensus', peers: nodeCount - 1 };
    return { kind: 'seed', peers: Array.from({ length: nodeCount }, (_, node) => FIRST_PEER + node) };
  }

  private expose(node: number): void {
    this.weavers[node]?.expose((result) => {
      if (result instanceof IpamError) this.note(node, `weave expose: ${result.message}`);
      this.busy[node] = false;
      this.attachNext(node);
    });
  }

  /** A kubelet starts one pod after the other. */
  private attachNext(node: number): void {
    if (this.busy[node]) return;
    const pod = this.waiting[node].shift();
    if (pod === undefined) return;
    this.busy[node] = true;
    const attaching: NonNullable<(typeof this.attaching)[number]> = { pod, request: null };
    this.attaching[node] = attaching;
    const { built, plan } = this.arrivals;
    const namespace = built.network.addNamespace(podName(plan.pods, pod));
    namespace.shareKernel(built.hosts[node]);
    namespace.setLinkUp('lo', true);
    attaching.request = this.weavers[node]!.attach(namespace, containerId(plan.pods, pod), (result) => {
      if (this.attaching[node] !== attaching) return;
      if (result instanceof IpamError) {
        this.note(node, `${namespace.name}: ${result.message}`);
        this.giveUp(node, pod);
      } else this.attached(pod, namespace);
      this.attaching[node] = null;
      this.goOn(node);
    });
  }

  /** The next one, in an event of its own. */
  private goOn(node: number): void {
    this.busy[node] = false;
    this.simulation.schedule(this, this.simulation.now, ATTACH, node);
  }

  private giveUp(node: number, pod: number): void {
    const { built, plan } = this.arrivals;
    built.network.removeNamespace(podName(plan.pods, pod));
    this.attaching[node] = null;
  }

  private attached(pod: number, namespace: NetworkNamespace): void {
    const { built, plan } = this.arrivals;
    const { qdisc } = plan.pods.groups[plan.pods.group[pod]];
    if (qdisc !== undefined) applyQdisc(namespace, 'eth0', qdisc);
    built.pods[pod] = namespace;
    podHasCome(this.arrivals, pod);
  }

  private note(node: number, problem: string): void {
    const { built, plan } = this.arrivals;
    built.problems.push(`${plan.hosts[node].name} at ${this.simulation.now / 1e9} s: ${problem}`);
  }
}
