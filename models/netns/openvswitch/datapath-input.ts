import { DropReason } from '../../drop-reason.ts';
import { leaveSender, type Packet } from '../../packet.ts';
import { NO_SEGMENT, Traced } from '../path-memo/path-memo.ts';
import { executeActions } from './execute-actions.ts';
import { type FlowKey, keyOf } from './flow.ts';
import type { Vport } from './vport.ts';

/**
 * A frame has come in by an interface that is a port (Linux `netdev_frame_hook`).
 * @returns false for the internal port: what comes in there is for the host
 */
export function receivedByVport(vport: Vport, packet: Packet): boolean {
  if (vport.type === 'internal') return false;
  receiveByVport(vport, packet);
  return true;
}

/** Looks for the flow of a frame and does what it says, or asks (Linux `ovs_vport_receive`, `ovs_dp_process_packet`). */
export function receiveByVport(vport: Vport, packet: Packet): void {
  const { datapath } = vport;
  const { network, processor } = datapath.namespace;
  // what a program may decide about goes by no memo
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  packet.lastSegment = NO_SEGMENT;
  packet.nextSegment = NO_SEGMENT;
  processor?.charge('bridge', packet);
  const key = keyOf(vport, packet);
  const flow = datapath.table.lookup(key);
  if (flow === null) {
    ask(vport, key, packet);
    return;
  }
  datapath.hits++;
  flow.packets++;
  flow.bytes += packet.length;
  flow.used = network.simulation.now;
  executeActions(datapath, packet, flow.actions);
}

/** Linux `ovs_dp_upcall`. */
function ask({ datapath, iface }: Vport, key: FlowKey, packet: Packet): void {
  const { network, processor } = datapath.namespace;
  datapath.misses++;
  if (packet.sender !== null) leaveSender(packet);
  packet.netfilter = null;
  packet.route = null;
  packet.nexthop = null;
  packet.mark = 0;
  const { upcalls } = datapath;
  if (upcalls !== null) processor?.charge('copy', packet);
  if (upcalls?.push({ key, packet })) return;
  datapath.lost++;
  network.drop(packet, upcalls === null ? DropReason.datapathNoFlow : DropReason.socketBufferFull, iface);
}
