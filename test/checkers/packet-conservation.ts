import type { CableDirection } from '../../models/link/cable.ts';
import { fragmentsWaiting } from '../../models/netns/ipv4/ip-reassembly.ts';
import type { Network } from '../../models/netns/network.ts';
import type { FlowStatistics } from '../../models/traffic/flow-statistics.ts';

/** Places where a packet may be while an event is not being handled, with how many are in each. */
export interface PacketsInFlight {
  /** Waiting for a cable or on it. */
  cables: number;
  /** Waiting in a queueing discipline. */
  disciplines: number;
  /** In the hands of a node's cores. */
  processors: number;
  /** Waiting for ARP. */
  neighbours: number;
  /** Waiting to be received at this instant. */
  backlog: number;
  /** Fragments waiting for the rest. */
  reassembly: number;
}

/** Looks into every place of the kernels that can hold a packet and counts what is there. */
export function findPacketsInFlight(network: Network): PacketsInFlight {
  const cables = new Set<CableDirection>();
  const found = {
    cables: 0,
    disciplines: 0,
    processors: 0,
    neighbours: 0,
    backlog: network.backlog.size,
    reassembly: 0,
  };
  for (const namespace of network.namespaces()) {
    found.reassembly += fragmentsWaiting(namespace);
    for (const iface of namespace.interfaces()) {
      if (iface.cable !== null) {
        cables.add(iface.cable);
        if (iface.cable.to.cable !== null) cables.add(iface.cable.to.cable);
      }
      found.disciplines += iface.qdisc?.root.backlogPackets ?? 0;
      for (const neighbour of iface.neighbours.values()) found.neighbours += neighbour.waitingCount;
    }
  }
  const processors = new Set(network.namespaces().map(({ processor }) => processor));
  for (const processor of processors) found.processors += processor?.holds ?? 0;
  for (const direction of cables) found.cables += direction.inFlight;
  return found;
}

/**
 * Every packet has a fate: created + copied = delivered + dropped + in flight, where what is in flight is what a
 * walk over all queues finds, and the drops by reason add up to the drops.
 * @param programs packets in the hands of programs
 * @throws Error that says what does not add up
 */
export function checkPacketConservation(network: Network, programs = 0): void {
  const { created, copied, delivered, dropped } = network.pool;
  const found = findPacketsInFlight(network);
  const inFlight = Object.values(found).reduce((sum, count) => sum + count, programs);
  if (created + copied !== delivered + dropped + inFlight) {
    const balance = JSON.stringify({ created, copied, delivered, dropped, ...found });
    throw new Error(`packets are not conserved: ${balance}`);
  }
  const byReason = network.drops.rows().reduce((sum, row) => sum + row.packets, 0);
  if (byReason !== dropped) throw new Error(`${dropped} packets dropped, ${byReason} of them for a reason`);
}

/**
 * What a flow sent was received, refused, lost for a reason, or is still on its way. With fragments, copies or
 * answers a packet of the flow may be in several places, so only the bound is known while something is in flight.
 * @throws Error that says what does not add up
 */
export function checkFlowConservation(network: Network, flow: FlowStatistics, refused = flow.refused): void {
  const settled = flow.receivedPackets + flow.lostPackets + refused;
  const missing = flow.sentPackets - settled;
  if (missing < 0 || missing > network.pool.inFlight) {
    const { sentPackets, receivedPackets } = flow;
    const balance = { sentPackets, receivedPackets, refused, lost: flow.lossesByReason() };
    throw new Error(`flow is not conserved (${network.pool.inFlight} in flight): ${JSON.stringify(balance)}`);
  }
}
