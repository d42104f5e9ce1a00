import { DropReason } from '../../drop-reason.ts';
import { type Packet, tagLength } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { transmit } from '../interface/transmit.ts';
import type { Datapath } from './datapath.ts';
import type { FlowAction } from './flow.ts';

/** Does with a frame what a flow says (Linux `do_execute_actions`): only the last output gets the frame itself. */
export function executeActions(datapath: Datapath, packet: Packet, actions: readonly FlowAction[]): void {
  const { network } = datapath.namespace;
  const last = actions.findLastIndex(({ kind }) => kind === 'output');
  if (last < 0) {
    network.drop(packet, DropReason.datapathNoAction, datapath.iface);
    return;
  }
  actions.slice(0, last + 1).forEach((action, place) => {
    if (action.kind === 'set_tunnel') packet.tunnelInfo = action.tunnel;
    else output(datapath, place === last ? packet : network.pool.copy(packet), action.port);
  });
}

/** Linux `do_output`, `ovs_vport_send`. */
function output(datapath: Datapath, packet: Packet, number: number): void {
  const { network } = datapath.namespace;
  const vport = datapath.port(number);
  if (vport === null || !vport.iface.running) {
    const reason = vport === null ? DropReason.deviceGone : DropReason.linkDown;
    network.drop(packet, reason, vport?.iface ?? datapath.iface);
    return;
  }
  const { iface, type } = vport;
  if (packet.length - ETHERNET_HEADER_LENGTH - tagLength(packet) > iface.mtu) {
    network.drop(packet, DropReason.frameTooBig, iface);
    return;
  }
  if (type === 'vxlan' && network.macs.isGroup(packet.destination)) datapath.tunnelledToGroups++;
  // Linux internal_dev_recv
  if (type === 'internal') network.backlog.push(packet, iface.id);
  else transmit(iface, packet);
}
