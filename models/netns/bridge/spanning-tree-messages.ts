import { DropReason } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import {
  type Bpdu,
  BRIDGE_GROUP_ADDRESS,
  CONFIG_BPDU_LENGTH,
  type ConfigBpdu,
  emitBpdu,
  parseBpdu,
  TCN_BPDU_LENGTH,
} from '../../wire/bpdu.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { isParseError } from '../../wire/parse-error.ts';
import { transmit } from '../interface/transmit.ts';
import { Traced } from '../path-memo/path-memo.ts';
import { HZ } from '../time/jiffies.ts';
import type { BridgePort } from './bridge.ts';
import { PortState } from './spanning-tree-port.ts';

/** Messages tell time in 256ths of a second. */
const TICKS = 256;

/** Sends a configuration message whose times are in jiffies (Linux `br_send_config_bpdu`). */
export function sendConfig(port: BridgePort, bpdu: ConfigBpdu): void {
  const ticks = (jiffies: number) => Math.floor((TICKS * jiffies) / HZ);
  const { messageAge, maxAge, helloTime, forwardDelay } = bpdu;
  send(port, CONFIG_BPDU_LENGTH, {
    ...bpdu,
    messageAge: ticks(messageAge),
    maxAge: ticks(maxAge),
    helloTime: ticks(helloTime),
    forwardDelay: ticks(forwardDelay),
  });
}

export function sendTopologyChange(port: BridgePort): void {
  send(port, TCN_BPDU_LENGTH, { type: 'tcn' });
}

function send(port: BridgePort, length: number, bpdu: Bpdu): void {
  const { network } = port.iface.namespace;
  const bytes = new Uint8Array(length);
  emitBpdu(bytes, 0, bpdu);
  const packet = network.pool.create();
  packet.source = port.iface.mac;
  packet.destination = network.macs.intern(BRIDGE_GROUP_ADDRESS);
  packet.etherType = length;
  packet.payload = new BytesPayload(bytes);
  packet.payloadLength = length;
  packet.length = ETHERNET_HEADER_LENGTH + length;
  packet.sentAt = network.simulation.now;
  transmit(port.iface, packet);
}

/** A frame to the bridges' own address has come in by a port (Linux `br_stp_rcv`). */
export function receiveBpdu(port: BridgePort, packet: Packet): void {
  const { network } = port.iface.namespace;
  const tree = port.bridge.tree;
  if (tree?.enabled !== true || !port.bridge.iface.up || port.tree!.state === PortState.disabled) {
    network.drop(packet, DropReason.bridgePortState, port.iface);
    return;
  }
  const bytes = new Uint8Array(Math.min(packet.etherType, packet.payloadLength));
  packet.payload.writeTo(bytes, 0, 0, bytes.length);
  const bpdu = parseBpdu(bytes, 0, bytes.length);
  if (isParseError(bpdu)) {
    network.drop(packet, DropReason.unhandledProtocol, port.iface);
    return;
  }
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  network.deliver(packet);
  if (port.tree!.guard) tree.disablePort(port.tree!);
  else if (bpdu.type === 'tcn') tree.receiveNotification(port.tree!);
  else {
    const heard = inJiffies(bpdu);
    if (heard.messageAge <= heard.maxAge) tree.receiveConfig(port.tree!, heard);
  }
}

function inJiffies(bpdu: ConfigBpdu): ConfigBpdu {
  const jiffies = (ticks: number) => Math.ceil((ticks * HZ) / TICKS);
  const { messageAge, maxAge, helloTime, forwardDelay } = bpdu;
  return {
    ...bpdu,
    messageAge: jiffies(messageAge),
    maxAge: jiffies(maxAge),
    helloTime: jiffies(helloTime),
    forwardDelay: jiffies(forwardDelay),
  };
}
