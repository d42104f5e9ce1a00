import type { MacTable } from '../mac-table.ts';
import type { Interface } from '../netns/interface/interface.ts';
import { transmit } from '../netns/interface/transmit.ts';
import { type Packet, setVlanTag } from '../packet.ts';
import { BytesPayload } from '../payload.ts';
import { ARP_PACKET_LENGTH, parseArp } from '../wire/arp.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ETHERNET_HEADER_LENGTH, EtherType, emitEthernet, VLAN_TAG_LENGTH } from '../wire/ethernet.ts';
import { readFrame } from '../wire/frame-reader.ts';
import type { MacAddress } from '../wire/mac-address.ts';
import { isParseError } from '../wire/parse-error.ts';

/**
 * Sends a frame as a packet socket does (packet(7)): past the IP stack, straight out of the interface.
 * @param data everything behind the Ethernet header; with the EtherType of 802.1Q it begins with a tag
 */
export function sendRawFrame(
  iface: Interface,
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
  data: Uint8Array,
): void {
  if (etherType === EtherType.vlan && data.length >= VLAN_TAG_LENGTH) {
    const [control, inner] = [readUint16(data, 0), readUint16(data, 2)];
    const packet = makeFrame(iface, destination, source, inner, data.subarray(VLAN_TAG_LENGTH));
    setVlanTag(packet, control);
    transmit(iface, packet);
  } else transmit(iface, makeFrame(iface, destination, source, etherType, data));
}

function makeFrame(
  iface: Interface,
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
  data: Uint8Array,
): Packet {
  const network = iface.namespace.network;
  const packet = network.pool.create();
  packet.destination = network.macs.intern(destination);
  packet.source = network.macs.intern(source);
  packet.etherType = etherType;
  packet.payload = new BytesPayload(data);
  packet.payloadLength = data.length;
  packet.length = ETHERNET_HEADER_LENGTH + data.length;
  packet.sentAt = network.simulation.now;
  if (etherType === EtherType.arp) fillArp(packet, data, network.macs);
  else if (etherType === EtherType.ipv4) fillIpv4(packet, data, network.macs);
  return packet;
}

/** ARP made by hand: those who receive it read the fields, not the bytes. */
function fillArp(packet: Packet, data: Uint8Array, macs: { intern(mac: MacAddress): number }): void {
  if (data.length < ARP_PACKET_LENGTH) return;
  const arp = parseArp(data, 0, data.length);
  if (isParseError(arp)) return;
  packet.length = ETHERNET_HEADER_LENGTH + ARP_PACKET_LENGTH;
  packet.arpOperation = arp.operation;
  packet.arpSender = macs.intern(arp.senderHardwareAddress);
  packet.arpTarget = macs.intern(arp.targetHardwareAddress);
  packet.ipSource = arp.senderProtocolAddress;
  packet.ipDestination = arp.targetProtocolAddress;
}

/** The same for IPv4; what is no whole packet stays bytes. */
function fillIpv4(packet: Packet, data: Uint8Array, macs: MacTable): void {
  const bytes = new Uint8Array(packet.length);
  const { destination, source, etherType, payload, length } = packet;
  const start = emitEthernet(bytes, 0, macs.address(destination), macs.address(source), etherType);
  bytes.set(data, start);
  if (!readFrame(packet, bytes, macs)) Object.assign(packet, { payload, payloadLength: data.length, length });
}
