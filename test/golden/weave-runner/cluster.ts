import type { Actor } from '../../../engine/actor.ts';
import { Simulation } from '../../../engine/simulation.ts';
import { Network } from '../../../models/netns/network.ts';
import { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { JIFFY } from '../../../models/netns/time/jiffies.ts';
import { TimerBase } from '../../../models/netns/time/timer-base.ts';
import { Alarms } from '../../../models/weave/alarms.ts';
import type { PersistedIpam } from '../../../models/weave/ipam/allocator.ts';
import { isIpamError } from '../../../models/weave/ipam/ipam-error.ts';
import { type AddressResult, Weaver } from '../../../models/weave/weaver.ts';
import { formatPrefix } from '../../../models/wire/ipv4-address.ts';
import { parseMac } from '../../../models/wire/mac-address.ts';
import { Shell } from '../../../shell/shell.ts';
import { createEventQueue, type EventQueueName } from '../event-queues.ts';
import { FrameRecorder } from '../frame-recorder.ts';
import { nodeName, type PeerSpec, type PodSpec, type WeaveTopology } from './topology.ts';

const SEED = 'golden';
/** Longest time that a process waits for a core, nanoseconds. */
const LATENESS = 400e3;
/** With every draw but the first so many of the kernel's timers fire a tick late, as they do on a busy machine. */
const LATE_TICKS = 1 / 4;
/** The switch. */
const LAN = 'lan';

/** What a topology says is there: a switch, nodes at it, routers once they are started, pods once they are attached. */
export class WeaveCluster {
  readonly network: Network;
  readonly simulation: Simulation;
  readonly topology: WeaveTopology;
  readonly weavers = new Map<string, Weaver>();
  /** What was given to whom, by name of the pod or number of the peer. */
  readonly addresses = new Map<string, string>();
  private readonly recorders = new Map<string, FrameRecorder>();
  private readonly databases = new Map<string, PersistedIpam | null>();

  constructor(topology: WeaveTopology, queue: EventQueueName, draw: number) {
    this.topology = topology;
    this.simulation = new Simulation(createEventQueue(queue));
    this.network = new Network(this.simulation, draw === 0 ? SEED : `${SEED} ${draw}`);
    if (draw > 0) this.makeProcessesLate(draw % 2 === 0);
    const names = [
      LAN,
      ...topology.peers.map(({ number }) => nodeName(number)),
      ...topology.pods.map(({ name }) => name),
    ];
    for (const name of new Set(names)) this.network.addNamespace(name).setLinkUp('lo', true);
    this.command(LAN, 'ip link add lan type bridge stp_state 0 mcast_snooping 0');
    this.command(LAN, 'ip link set lan up');
    for (const peer of topology.peers) this.addNode(peer);
  }

  /**
   * On two busy cores one router is quicker than another; in which order they answer decides who owns what.
   * @param eachTime what a router does waits each time anew for a core, else always as long
   */
  private makeProcessesLate(eachTime: boolean): void {
    const { simulation } = this;
    const { schedule } = simulation;
    const draws = this.network.random.stream('late_process', '');
    const lateness = new Map<Actor, number>();
    simulation.schedule = (actor, time, kind, argument) => {
      let late = 0;
      if (actor instanceof Alarms) {
        late = (eachTime ? undefined : lateness.get(actor)) ?? draws.integer(0, LATENESS);
        lateness.set(actor, late);
      } else if (actor instanceof NetworkNamespace || actor instanceof TimerBase) {
        late = draws.bernoulli(LATE_TICKS) ? JIFFY : 0;
      }
      return schedule.call(simulation, actor, time + late, kind, argument);
    };
  }

  private addNode({ number, mac, address }: PeerSpec): void {
    const { underlayMtu, underlayLength } = this.topology;
    const port = `p${number}`;
    const mtu = `mtu ${underlayMtu}`;
    const node = nodeName(number);
    this.command(
      node,
      `ip link add eth0 address ${mac} ${mtu} type veth peer name ${port} netns ${LAN} ${mtu}`,
    );
    this.command(node, `ip addr add ${address}/${underlayLength} dev eth0`);
    this.command(node, 'ip link set eth0 up');
    this.plug(number);
    this.command(LAN, `ip link set ${port} up`);
    this.watch(node, 'eth0');
  }

  /** @throws Error when it fails */
  command(ns: string, line: string): void {
    const { status, stderr } = new Shell(this.network, this.namespace(ns)).run(line);
    if (status !== 0) throw new Error(`${ns}: ${line}: ${stderr.trimEnd()}`);
  }

  namespace(name: string): NetworkNamespace {
    const namespace = this.network.namespace(name);
    if (namespace === undefined) throw new Error(`there is no ${name}`);
    return namespace;
  }

  /** Attaches a node to the switch. */
  plug(number: string): void {
    this.command(LAN, `ip link set p${number} master lan`);
  }

  /** Detaches it; its carrier stays up. */
  unplug(number: string): void {
    this.command(LAN, `ip link set p${number} nomaster`);
  }

  /** The switch loses longer IP packets. */
  blackHole(longest: number): void {
    this.namespace(LAN).setSysctl('net.bridge.bridge-nf-call-iptables', '1');
    this.command(LAN, `iptables -A FORWARD -m length --length ${longest + 1}:65535 -j DROP`);
  }

  /** Its process starts, or starts again with what is in its database. */
  start(number: string): void {
    const peer = this.topology.peers.find((one) => one.number === number);
    if (peer === undefined) throw new Error(`there is no peer ${number}`);
    const { range, password } = this.topology;
    const weaver = new Weaver({
      range,
      ...peer.options,
      namespace: this.namespace(nodeName(number)),
      persisted: this.databases.get(number) ?? null,
      ...(password === undefined ? {} : { password }),
    });
    this.weavers.set(number, weaver);
    weaver.start();
    for (const { ns, dev } of this.topology.captures) if (ns === nodeName(number)) this.watch(ns, dev);
  }

  kill(number: string): void {
    this.databases.set(number, this.weaver(number).stop());
    this.weavers.delete(number);
  }

  weaver(number: string): Weaver {
    const weaver = this.weavers.get(number);
    if (weaver === undefined) throw new Error(`the router of peer ${number} does not run`);
    return weaver;
  }

  get isSettled(): boolean {
    const weavers = [...this.weavers.values()];
    return weavers.every(
      ({ mesh }) =>
        [...mesh.local.connections.values()].every(({ established }) => established) &&
        mesh.peers.all().length >= Math.min(2, weavers.length),
    );
  }

  expose(number: string): void {
    this.weaver(number).expose((result) => this.addresses.set(number, addressText(result)));
  }

  attach({ name, peer, containerId, mac }: PodSpec): void {
    const pod = this.namespace(name);
    this.weaver(peer).attach(pod, containerId, (result) => {
      this.addresses.set(name, addressText(result));
      if (isIpamError(result)) return;
      // the kernel has drawn another one
      pod.setMac('eth0', parseMac(mac)!);
      for (const { ns, dev } of this.topology.captures) if (ns === name) this.watch(ns, dev);
    });
  }

  detach({ name, peer, containerId }: PodSpec): void {
    this.weaver(peer).detach(this.namespace(name), containerId);
  }

  private watch(ns: string, dev: string): void {
    const iface = this.namespace(ns).findInterface(dev);
    const key = `${ns} ${dev}`;
    if (iface === undefined || this.recorders.has(key)) return;
    const recorder = new FrameRecorder(0);
    iface.tap = recorder;
    this.recorders.set(key, recorder);
  }

  /** @throws Error when there is no such interface */
  framesAt(ns: string, dev: string): FrameRecorder {
    const recorder = this.recorders.get(`${ns} ${dev}`);
    if (recorder === undefined) throw new Error(`no interface ${dev} in ${ns} to capture on`);
    return recorder;
  }
}

function addressText(result: AddressResult): string {
  return isIpamError(result) ? result.message : formatPrefix(result);
}
