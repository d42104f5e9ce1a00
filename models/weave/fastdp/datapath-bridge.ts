import { DropReason } from '../../drop-reason.ts';
import type { Datapath } from '../../netns/openvswitch/datapath.ts';
import type { FlowOperation } from '../router/flow-operation.ts';
import { MultiOperation } from '../router/flow-operations.ts';
import type { BridgePort } from '../router/network-overlay.ts';
import { ActionsOperation, KeyOperation, VetoOperation } from './datapath-operations.ts';

/** What is done with a frame that leaves by a port; null for one that is to be ignored. */
type Sender = (source: number, destination: number) => FlowOperation | null;

/** In place of a port's number: the router. */
const ROUTER = Number.MAX_SAFE_INTEGER;

/**
 * A learning switch between the ports of a datapath, of which the router is one more. It decides; that is put into
 * flows by others (the bridge in weave `router/fastdp.go`). Addresses are ids of the network's `MacTable`.
 */
export class DatapathBridge implements BridgePort {
  readonly name: string;
  /** Frames that the datapath had no flow for. */
  missCount = 0;
  private readonly datapath: Datapath;
  /** In ascending order of numbers, the router last. */
  private ports: readonly (readonly [port: number, send: Sender])[] = [];
  private readonly senders = new Map<number, Sender>();
  /** Addresses learnt since the last sweep. */
  private readonly seen = new Set<number>();

  constructor(datapath: Datapath) {
    this.datapath = datapath;
    this.name = `${datapath.iface.name} (via ODP)`;
  }

  get knowsAny(): boolean {
    return this.senders.size > 0;
  }

  startConsumingPackets(consumer: Sender): void {
    this.addSender(ROUTER, consumer);
  }

  statistics(): Readonly<Record<string, number>> {
    return { FlowMisses: this.missCount };
  }

  inject(source: number, destination: number): FlowOperation {
    return this.decide(ROUTER, source, destination);
  }

  addPort(number: number): void {
    const output = new ActionsOperation(this.datapath, [{ kind: 'output', port: number }]);
    this.addSender(number, () => output);
  }

  deletePort(number: number): void {
    this.ports = this.ports.filter(([other]) => other !== number);
  }

  /** What becomes of a frame that has come in by a port. */
  decide(port: number, source: number, destination: number): FlowOperation {
    this.learn(port, source);
    const { network } = this.datapath.namespace;
    const known = this.senders.get(destination);
    const isGroup = network.macs.isGroup(destination);
    const senders =
      known !== undefined ? [known] : this.ports.filter(([other]) => other !== port).map(([, send]) => send);
    const operations = senders
      .map((send) => send(source, destination))
      .filter((operation) => operation !== null);
    // what is flooded because its place is not known would have to be undone when it becomes known
    const remark =
      known !== undefined || isGroup
        ? new KeyOperation(this.datapath, DropReason.overlayNoPeer, 'ethernet')
        : new VetoOperation(this.datapath, DropReason.overlayNoPeer);
    return new MultiOperation(network, [...operations, remark], false);
  }

  /** Ten minutes are over: addresses that were learnt before are to be learnt anew. */
  sweep(): void {
    for (const mac of [...this.senders.keys()]) if (!this.seen.has(mac)) this.senders.delete(mac);
    this.seen.clear();
  }

  /** An address that is known stays where it is until it is swept. */
  private learn(port: number, source: number): void {
    const send = this.ports.find(([number]) => number === port)?.[1];
    if (send === undefined || this.senders.has(source)) return;
    this.senders.set(source, send);
    this.seen.add(source);
  }

  private addSender(port: number, send: Sender): void {
    this.ports = [...this.ports, [port, send] as const].sort(([a], [b]) => a - b);
  }
}
