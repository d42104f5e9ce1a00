import type {
  AddressMatch,
  ConntrackView,
  TcpConntrackState,
  TupleView,
} from '../../../models/netfilter/control-types.ts';

/** Which connections a line is about: those that agree with all that is given. */
export interface FlowFilter {
  protocol?: number;
  originalSource?: AddressMatch;
  originalDestination?: AddressMatch;
  replySource?: AddressMatch;
  replyDestination?: AddressMatch;
  originalSourcePort?: number;
  originalDestinationPort?: number;
  replySourcePort?: number;
  replyDestinationPort?: number;
  icmpType?: number;
  icmpCode?: number;
  icmpId?: number;
  state?: TcpConntrackState;
  mark?: { value: number; mask: number };
  zone?: number;
  status?: readonly FlowStatus[];
  sourceNat?: boolean;
  destinationNat?: boolean;
  anyNat?: boolean;
}

export type FlowStatus =
  | 'SEEN_REPLY'
  | 'ASSURED'
  | 'UNREPLIED'
  | 'UNSET'
  | 'FIXED_TIMEOUT'
  | 'EXPECTED'
  | 'CONFIRMED';

export function passes(flow: ConntrackView, filter: FlowFilter): boolean {
  const { original, reply } = flow;
  return (
    agrees(filter.protocol, flow.protocol) &&
    within(filter.originalSource, original.source) &&
    within(filter.originalDestination, original.destination) &&
    within(filter.replySource, reply.source) &&
    within(filter.replyDestination, reply.destination) &&
    agrees(filter.originalSourcePort, original.sourcePort) &&
    agrees(filter.originalDestinationPort, original.destinationPort) &&
    agrees(filter.replySourcePort, reply.sourcePort) &&
    agrees(filter.replyDestinationPort, reply.destinationPort) &&
    icmpAgrees(filter, original) &&
    agrees(filter.state, flow.state) &&
    (filter.mark === undefined || ((flow.mark ^ filter.mark.value) & filter.mark.mask) === 0) &&
    agrees(filter.zone, flow.zone) &&
    (filter.status ?? []).every((status) => hasStatus(flow, status)) &&
    natAgrees(filter, flow)
  );
}

function agrees<Value>(wanted: Value | undefined, value: Value | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function within(network: AddressMatch | undefined, address: number): boolean {
  return network === undefined || ((address ^ network.address) & network.mask) === 0;
}

function icmpAgrees(filter: FlowFilter, { icmp }: TupleView): boolean {
  return (
    agrees(filter.icmpType, icmp?.type) &&
    agrees(filter.icmpCode, icmp?.code) &&
    agrees(filter.icmpId, icmp?.id)
  );
}

function hasStatus(flow: ConntrackView, status: FlowStatus): boolean {
  if (status === 'SEEN_REPLY') return flow.seenReply;
  if (status === 'UNREPLIED') return !flow.seenReply;
  if (status === 'ASSURED') return flow.assured;
  return status === 'CONFIRMED';
}

/** Whether it is translated shows in the tuples: the reply does not simply turn the original about. */
function natAgrees({ sourceNat, destinationNat, anyNat }: FlowFilter, flow: ConntrackView): boolean {
  const { original, reply } = flow;
  const source = original.source !== reply.destination || original.sourcePort !== reply.destinationPort;
  const destination = original.destination !== reply.source || original.destinationPort !== reply.sourcePort;
  return (
    (sourceNat !== true || source) &&
    (destinationNat !== true || destination) &&
    (anyNat !== true || source || destination)
  );
}
