import type { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { Network } from '../../netns/network.ts';
import type { Packet } from '../../packet.ts';
import type { FlowOperation } from './flow-operation.ts';

/** The frame goes nowhere (weave `DiscardingFlowOp`). */
export class DiscardOperation implements FlowOperation {
  readonly discards = true;

  /** @param iface where drops are counted */
  constructor(
    private readonly reason: DropReason,
    private readonly iface: Interface,
  ) {}

  process(packet: Packet): void {
    this.iface.namespace.network.drop(packet, this.reason, this.iface);
  }

  flatten(): readonly FlowOperation[] {
    return [this];
  }
}

/** Several operations, each with a copy of the frame (weave `MultiFlowOp`). */
export class MultiOperation implements FlowOperation {
  private readonly network: Network;
  private readonly operations: readonly FlowOperation[];
  private readonly broadcast: boolean;

  /**
   * @param operations at least one
   * @param broadcast the frame goes to several peers by them
   */
  constructor(network: Network, operations: readonly FlowOperation[], broadcast: boolean) {
    this.network = network;
    this.operations = operations;
    this.broadcast = broadcast;
  }

  get discards(): boolean {
    return this.operations.every((operation) => operation.discards);
  }

  process(packet: Packet): void {
    const { pool } = this.network;
    const effective = this.operations.filter((operation) => !operation.discards);
    const operations = effective.length > 0 ? effective : this.operations.slice(0, 1);
    // the last one gets the frame itself
    const copies = operations.map((_, place) => (place < operations.length - 1 ? pool.copy(packet) : packet));
    operations.forEach((operation, place) => {
      operation.process(copies[place], this.broadcast);
    });
  }

  flatten(): readonly FlowOperation[] {
    return this.operations.flatMap((operation) => operation.flatten());
  }
}
