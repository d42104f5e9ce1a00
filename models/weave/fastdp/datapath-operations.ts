import type { DropReason } from '../../drop-reason.ts';
import type { Datapath } from '../../netns/openvswitch/datapath.ts';
import type { FlowAction } from '../../netns/openvswitch/flow.ts';
import type { Packet } from '../../packet.ts';
import type { FlowOperation } from '../router/flow-operation.ts';

/** What the datapath in the kernel can do by itself (weave `odpActionsFlowOp`). */
export class ActionsOperation implements FlowOperation {
  readonly discards = false;
  readonly actions: readonly FlowAction[];
  private readonly datapath: Datapath;

  constructor(datapath: Datapath, actions: readonly FlowAction[]) {
    this.datapath = datapath;
    this.actions = actions;
  }

  process(packet: Packet): void {
    this.datapath.execute(packet, this.actions);
  }

  flatten(): readonly FlowOperation[] {
    return [this];
  }
}

/** Something that does nothing to a frame, but says something of the flow that is made for it. */
abstract class Remark implements FlowOperation {
  readonly discards = true;

  constructor(
    private readonly datapath: Datapath,
    private readonly reason: DropReason,
  ) {}

  /** There was nothing else to be done. */
  process(packet: Packet): void {
    this.datapath.namespace.network.drop(packet, this.reason, this.datapath.iface);
  }

  flatten(): readonly FlowOperation[] {
    return [this];
  }
}

/** The decision holds for frames alike in this part of the key, besides the port (weave `odpFlowKeyFlowOp`). */
export class KeyOperation extends Remark {
  readonly part: 'ethernet' | 'tunnel';

  constructor(datapath: Datapath, reason: DropReason, part: 'ethernet' | 'tunnel') {
    super(datapath, reason);
    this.part = part;
  }
}

/** The decision holds for this frame alone (weave `vetoFlowCreationFlowOp`). */
export class VetoOperation extends Remark {}
