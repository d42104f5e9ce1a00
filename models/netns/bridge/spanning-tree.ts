import { type BridgeId, type ConfigBpdu, compareBridgeIds } from '../../wire/bpdu.ts';
import { updateCarrier } from '../interface/link-state.ts';
import { HZ, JIFFY, jiffiesAt } from '../time/jiffies.ts';
import { KernelTimer } from '../time/kernel-timer.ts';
import type { Bridge, BridgePort } from './bridge.ts';
import { sendConfig, sendTopologyChange } from './spanning-tree-messages.ts';
import { defaultPathCost, PortState, TreePort } from './spanning-tree-port.ts';

/** Defaults of IEEE 802.1D-1998, 8.10.2, in jiffies. */
export const DEFAULT_TIMES = { maxAge: 20 * HZ, helloTime: 2 * HZ, forwardDelay: 15 * HZ } as const;
/** The least and the most that a bridge with spanning tree takes (Linux BR_MIN_FORWARD_DELAY and its kin). */
export const TIME_LIMITS = {
  maxAge: [6 * HZ, 40 * HZ],
  helloTime: [HZ, 10 * HZ],
  forwardDelay: [2 * HZ, 30 * HZ],
} as const;
export const DEFAULT_PRIORITY = 0x8000;
const MESSAGE_AGE_INCREMENT = Math.floor(HZ / 256) + 1;
const HOLD_TIME = HZ;

export interface TreeTimes {
  /** In jiffies. */
  maxAge: number;
  helloTime: number;
  forwardDelay: number;
}

/**
 * The spanning tree protocol of one bridge (IEEE 802.1D-1998, 8; Linux net/bridge/br_stp.c), in the kernel's terms.
 * A bridge has it from the time on that it is switched on or one of its parameters is set; switched off, a port that
 * comes up forwards at once.
 */
export class SpanningTree {
  readonly bridge: Bridge;
  /** Switched on. */
  enabled = false;
  id: BridgeId;
  designatedRoot: BridgeId;
  rootPathCost = 0;
  /** Number of the port that leads to the root; 0 for the root itself. */
  rootPort = 0;
  /** Those of the root, which it tells everybody. */
  times: TreeTimes = { ...DEFAULT_TIMES };
  /** This bridge's own, should it be the root. */
  ownTimes: TreeTimes = { ...DEFAULT_TIMES };
  topologyChange = false;
  topologyChangeDetected = false;
  readonly helloTimer: KernelTimer;
  readonly tcnTimer: KernelTimer;
  readonly topologyChangeTimer: KernelTimer;

  constructor(bridge: Bridge) {
    const { network } = bridge.iface.namespace;
    this.bridge = bridge;
    this.id = { priority: DEFAULT_PRIORITY, mac: network.macs.address(bridge.iface.mac) };
    this.designatedRoot = this.id;
    this.helloTimer = new KernelTimer(network, () => this.hello());
    this.tcnTimer = new KernelTimer(network, () => this.repeatNotification());
    this.topologyChangeTimer = new KernelTimer(network, () => this.endTopologyChange());
    for (const port of bridge.ports) this.addPort(port);
  }

  private get ports(): readonly TreePort[] {
    return this.bridge.ports.map((port) => port.tree!);
  }

  private get jiffies(): number {
    return jiffiesAt(this.bridge.iface.namespace.network.simulation.now);
  }

  get isRoot(): boolean {
    return compareBridgeIds(this.id, this.designatedRoot) === 0;
  }

  // --- what happens to the bridge and its ports

  addPort(port: BridgePort): void {
    port.tree = new TreePort(this, port);
    this.becomeDesignated(port.tree);
  }

  /** Spanning tree is switched on or off (Linux `br_stp_set_enabled`). */
  setEnabled(enabled: boolean): void {
    if (this.enabled === enabled) return;
    this.enabled = enabled;
    if (!enabled) return;
    const [least, most] = TIME_LIMITS.forwardDelay;
    this.setOwnTime('forwardDelay', Math.min(Math.max(this.ownTimes.forwardDelay, least), most));
    if (this.bridge.iface.up) this.helloTimer.start(this.times.helloTime);
    this.selectPortStates();
  }

  setOwnTime(key: keyof TreeTimes, jiffies: number): void {
    this.ownTimes[key] = jiffies;
    if (this.isRoot) this.times[key] = jiffies;
  }

  /** The bridge interface is switched on or off, before its ports notice (Linux `br_stp_enable_bridge`). */
  bridgeSwitched(up: boolean): void {
    if (up) {
      if (this.enabled) this.helloTimer.start(this.times.helloTime);
      this.generateConfig();
      return;
    }
    for (const port of this.ports) if (port.state !== PortState.disabled) this.disablePort(port);
    this.setTopologyChange(false);
    this.topologyChangeDetected = false;
    for (const timer of [this.helloTimer, this.tcnTimer, this.topologyChangeTimer]) timer.stop();
  }

  /** Linux `br_stp_enable_port`. */
  enablePort(port: TreePort): void {
    // now the speed of the link is known
    if (!port.hasOwnCost) port.pathCost = defaultPathCost(port.port.iface);
    this.becomeDesignated(port);
    port.setState(PortState.blocking);
    port.topologyChangeAck = false;
    port.configPending = false;
    this.selectPortStates();
  }

  /** Linux `br_stp_disable_port`. */
  disablePort(port: TreePort): void {
    const wasRoot = this.isRoot;
    this.becomeDesignated(port);
    port.setState(PortState.disabled);
    port.topologyChangeAck = false;
    port.configPending = false;
    port.stopTimers();
    this.bridge.flushPort(port.port);
    this.updateConfiguration();
    this.selectPortStates();
    if (this.isRoot && !wasRoot) this.becomeRoot();
  }

  /** Linux `br_stp_change_bridge_id`. */
  bridgeMacChanged(): void {
    const wasRoot = this.isRoot;
    const old = this.id.mac;
    const mac = this.bridge.iface.namespace.network.macs.address(this.bridge.iface.mac);
    const renamed = (id: BridgeId): BridgeId => (id.mac === old ? { ...id, mac } : id);
    this.id = { ...this.id, mac };
    for (const port of this.ports) {
      port.designatedBridge = renamed(port.designatedBridge);
      port.designatedRoot = renamed(port.designatedRoot);
    }
    this.reconsider(wasRoot);
  }

  /** Linux `br_stp_set_bridge_priority`. */
  setPriority(priority: number): void {
    const wasRoot = this.isRoot;
    for (const port of this.ports) {
      if (port.state === PortState.disabled || !this.isDesignated(port)) continue;
      port.designatedBridge = { ...port.designatedBridge, priority };
    }
    this.id = { ...this.id, priority };
    this.reconsider(wasRoot);
  }

  /** Linux `br_stp_set_port_priority`. */
  setPortPriority(port: TreePort, priority: number): void {
    const wasDesignated = this.isDesignated(port);
    port.priority = priority;
    if (wasDesignated) port.designatedPort = port.id;
    if (compareBridgeIds(this.id, port.designatedBridge) === 0 && port.id < port.designatedPort) {
      this.becomeDesignated(port);
      this.selectPortStates();
    }
  }

  /** Linux `br_stp_set_path_cost`. */
  setPathCost(port: TreePort, cost: number): void {
    port.pathCost = cost;
    port.hasOwnCost = true;
    this.updateConfiguration();
    this.selectPortStates();
  }

  private reconsider(wasRoot: boolean): void {
    this.updateConfiguration();
    this.selectPortStates();
    if (this.isRoot && !wasRoot) this.becomeRoot();
  }

  // --- messages

  /** Linux `br_received_config_bpdu`. Times of the message are in jiffies. */
  receiveConfig(port: TreePort, bpdu: ConfigBpdu): void {
    const wasRoot = this.isRoot;
    if (!supersedes(this.id, port, bpdu)) {
      if (this.isDesignated(port)) this.transmitConfig(port);
      return;
    }
    this.record(port, bpdu);
    this.updateConfiguration();
    this.selectPortStates();
    if (!this.isRoot && wasRoot) {
      this.helloTimer.stop();
      if (this.topologyChangeDetected) {
        this.topologyChangeTimer.stop();
        this.transmitNotification();
        this.tcnTimer.start(this.ownTimes.helloTime);
      }
    }
    if (port.number !== this.rootPort) return;
    const { maxAge, helloTime, forwardDelay } = bpdu;
    this.times = { maxAge, helloTime, forwardDelay };
    this.setTopologyChange(bpdu.topologyChange);
    this.generateConfig();
    if (bpdu.topologyChangeAck) {
      this.topologyChangeDetected = false;
      this.tcnTimer.stop();
    }
  }

  /** Linux `br_received_tcn_bpdu`. */
  receiveNotification(port: TreePort): void {
    if (!this.isDesignated(port)) return;
    this.detectTopologyChange();
    port.topologyChangeAck = true;
    this.transmitConfig(port);
  }

  private record(port: TreePort, bpdu: ConfigBpdu): void {
    port.designatedRoot = bpdu.root;
    port.designatedCost = bpdu.rootPathCost;
    port.designatedBridge = bpdu.bridge;
    port.designatedPort = bpdu.port;
    port.designatedAge = this.jiffies - bpdu.messageAge;
    port.messageAgeTimer.start(bpdu.maxAge - bpdu.messageAge);
  }

  /** Linux `br_config_bpdu_generation`. */
  private generateConfig(): void {
    for (const port of this.ports) {
      if (port.state !== PortState.disabled && this.isDesignated(port)) this.transmitConfig(port);
    }
  }

  /** Linux `br_transmit_config`. */
  private transmitConfig(port: TreePort): void {
    if (port.holdTimer.pending) {
      port.configPending = true;
      return;
    }
    const { times } = this;
    const root = this.isRoot ? undefined : this.bridge.portNumbered(this.rootPort)!.tree!;
    const messageAge = root === undefined ? 0 : this.jiffies - root.designatedAge + MESSAGE_AGE_INCREMENT;
    if (messageAge >= times.maxAge) return;
    if (this.enabled) {
      sendConfig(port.port, {
        type: 'config',
        topologyChange: this.topologyChange,
        topologyChangeAck: port.topologyChangeAck,
        root: this.designatedRoot,
        rootPathCost: this.rootPathCost,
        bridge: this.id,
        port: port.id,
        messageAge,
        ...times,
      });
    }
    port.topologyChangeAck = false;
    port.configPending = false;
    port.holdTimer.start(roundedHoldTime(this.jiffies));
  }

  private transmitNotification(): void {
    const port = this.bridge.portNumbered(this.rootPort);
    if (port !== null && this.enabled) sendTopologyChange(port);
  }

  // --- timers

  private hello(): void {
    if (!this.bridge.iface.up) return;
    this.generateConfig();
    if (this.enabled) this.helloTimer.start(this.times.helloTime);
  }

  private repeatNotification(): void {
    if (!this.bridge.iface.up) return;
    this.transmitNotification();
    this.tcnTimer.start(this.ownTimes.helloTime);
  }

  private endTopologyChange(): void {
    this.topologyChangeDetected = false;
    this.setTopologyChange(false);
  }

  /** The port's neighbour has fallen silent (Linux `br_message_age_timer_expired`). */
  messageAgeExpired(port: TreePort): void {
    if (port.state === PortState.disabled) return;
    const wasRoot = this.isRoot;
    this.becomeDesignated(port);
    this.reconsider(wasRoot);
  }

  /** Linux `br_forward_delay_timer_expired`. */
  forwardDelayExpired(port: TreePort): void {
    if (port.state === PortState.listening) {
      port.setState(PortState.learning);
      port.forwardDelayTimer.start(this.times.forwardDelay);
    } else if (port.state === PortState.learning) {
      port.setState(PortState.forwarding);
      const isDesignatedSomewhere = this.ports.some(
        ({ state, designatedBridge }) =>
          state !== PortState.disabled && compareBridgeIds(designatedBridge, this.id) === 0,
      );
      if (isDesignatedSomewhere) this.detectTopologyChange();
      updateCarrier(this.bridge.iface);
    }
  }

  holdExpired(port: TreePort): void {
    if (port.configPending) this.transmitConfig(port);
  }

  // --- the algorithm

  /** Linux `br_is_designated_port`. */
  isDesignated(port: TreePort): boolean {
    return compareBridgeIds(port.designatedBridge, this.id) === 0 && port.designatedPort === port.id;
  }

  private becomeDesignated(port: TreePort): void {
    port.designatedRoot = this.designatedRoot;
    port.designatedCost = this.rootPathCost;
    port.designatedBridge = this.id;
    port.designatedPort = port.id;
  }

  /** Linux `br_configuration_update`. */
  private updateConfiguration(): void {
    this.selectRoot();
    for (const port of this.ports) {
      if (port.state !== PortState.disabled && this.shouldBecomeDesignated(port)) this.becomeDesignated(port);
    }
  }

  private selectRoot(): void {
    let root: TreePort | undefined;
    for (const port of this.ports) {
      if (!this.mayBecomeRootPort(port, root)) continue;
      if (port.rootBlock) this.blockRootPort(port);
      else root = port;
    }
    this.rootPort = root?.number ?? 0;
    this.designatedRoot = root?.designatedRoot ?? this.id;
    this.rootPathCost = root === undefined ? 0 : root.designatedCost + root.pathCost;
  }

  /** Linux `br_should_become_root_port`. */
  private mayBecomeRootPort(port: TreePort, best: TreePort | undefined): boolean {
    if (port.state === PortState.disabled || this.isDesignated(port)) return false;
    if (compareBridgeIds(this.id, port.designatedRoot) <= 0) return false;
    if (best === undefined) return true;
    const order =
      compareBridgeIds(port.designatedRoot, best.designatedRoot) ||
      port.designatedCost + port.pathCost - (best.designatedCost + best.pathCost) ||
      compareBridgeIds(port.designatedBridge, best.designatedBridge) ||
      port.designatedPort - best.designatedPort ||
      port.id - best.id;
    return order < 0;
  }

  /** Linux `br_root_port_block`. */
  private blockRootPort(port: TreePort): void {
    port.setState(PortState.listening);
    if (this.times.forwardDelay > 0) port.forwardDelayTimer.start(this.times.forwardDelay);
  }

  /** Linux `br_should_become_designated_port`. */
  private shouldBecomeDesignated(port: TreePort): boolean {
    if (this.isDesignated(port)) return true;
    if (compareBridgeIds(port.designatedRoot, this.designatedRoot) !== 0) return true;
    const order =
      this.rootPathCost - port.designatedCost ||
      compareBridgeIds(this.id, port.designatedBridge) ||
      port.id - port.designatedPort;
    return order < 0;
  }

  /** Linux `br_port_state_selection`. */
  selectPortStates(): void {
    for (const port of this.ports) {
      if (port.state === PortState.disabled) continue;
      if (port.number === this.rootPort) {
        port.configPending = false;
        port.topologyChangeAck = false;
        this.makeForwarding(port);
      } else if (this.isDesignated(port)) {
        port.messageAgeTimer.stop();
        this.makeForwarding(port);
      } else {
        port.configPending = false;
        port.topologyChangeAck = false;
        this.makeBlocking(port);
      }
    }
    updateCarrier(this.bridge.iface);
  }

  private makeForwarding(port: TreePort): void {
    if (port.state !== PortState.blocking) return;
    const delay = this.times.forwardDelay;
    if (!this.enabled || delay === 0) {
      port.setState(PortState.forwarding);
      this.detectTopologyChange();
      port.forwardDelayTimer.stop();
    } else {
      port.setState(PortState.listening);
    }
    // without spanning tree the kernel's timer runs as well, to no effect
    if (delay !== 0 && this.enabled) port.forwardDelayTimer.start(delay);
  }

  private makeBlocking(port: TreePort): void {
    if (port.state === PortState.blocking) return;
    if (port.state !== PortState.listening) this.detectTopologyChange();
    port.setState(PortState.blocking);
    port.forwardDelayTimer.stop();
  }

  private becomeRoot(): void {
    this.times = { ...this.ownTimes };
    this.detectTopologyChange();
    this.tcnTimer.stop();
    if (!this.bridge.iface.up) return;
    this.generateConfig();
    this.helloTimer.start(this.times.helloTime);
  }

  /** Linux `br_topology_change_detection`. */
  private detectTopologyChange(): void {
    if (!this.enabled) return;
    if (this.isRoot) {
      this.setTopologyChange(true);
      this.topologyChangeTimer.start(this.ownTimes.forwardDelay + this.ownTimes.maxAge);
    } else if (!this.topologyChangeDetected) {
      this.transmitNotification();
      this.tcnTimer.start(this.ownTimes.helloTime);
    }
    this.topologyChangeDetected = true;
  }

  /** While the topology changes, addresses age within the forward delay (Linux `hold_time`). */
  private setTopologyChange(changes: boolean): void {
    this.topologyChange = changes;
    this.bridge.setFastAgeing(changes ? this.times.forwardDelay * JIFFY : null);
  }
}

/** Linux `br_supersedes_port_info`. */
function supersedes(own: BridgeId, port: TreePort, bpdu: ConfigBpdu): boolean {
  const order =
    compareBridgeIds(bpdu.root, port.designatedRoot) ||
    bpdu.rootPathCost - port.designatedCost ||
    compareBridgeIds(bpdu.bridge, port.designatedBridge);
  if (order !== 0) return order < 0;
  return compareBridgeIds(bpdu.bridge, own) !== 0 || bpdu.port <= port.designatedPort;
}

/** A message a second at most, on the full second (Linux `round_jiffies`): what is left of it, in jiffies. */
function roundedHoldTime(now: number): number {
  const due = now + HOLD_TIME;
  const over = due % HZ;
  const rounded = over < HZ / 4 ? due - over : due - over + HZ;
  return (rounded > now ? rounded : due) - now;
}
