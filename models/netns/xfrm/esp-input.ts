import { DropReason } from '../../drop-reason.ts';
import { type Packet, updateIpLength } from '../../packet.ts';
import { receiveUdp } from '../../transport/udp.ts';
import { type EspSeal, openEsp, parseEspHeader } from '../../wire/esp.ts';
import { parseTransport } from '../../wire/frame-bytes.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { isParseError } from '../../wire/parse-error.ts';
import { VXLAN_HEADER_LENGTH } from '../../wire/vxlan.ts';
import type { Interface } from '../interface/interface.ts';
import { EspCargo } from './esp-cargo.ts';
import type { SecurityAssociation } from './security-association.ts';

/** An ESP packet for this host (Linux `xfrm_input`, `esp_input`): decrypted it goes on to UDP. */
export function receiveEsp(iface: Interface, packet: Packet): void {
  const { network, processor } = iface.namespace;
  processor?.charge('encrypt', packet);
  const { cargo } = packet;
  const reason = cargo instanceof EspCargo ? unsealCargo(iface, packet, cargo) : open(iface, packet);
  if (reason === null) receiveUdp(iface, packet);
  else network.drop(packet, reason, iface);
}

/** The frame is there as it was before it was encrypted: what is to be looked at is by what. */
function unsealCargo(iface: Interface, packet: Packet, cargo: EspCargo): DropReason | null {
  const { seal } = cargo;
  const state = iface.namespace.xfrm!.find(packet.ipDestination, seal.spi);
  if (state === undefined) return DropReason.xfrmNoState;
  if (!state.window.isNew(seal.sequence)) return DropReason.xfrmReplayed;
  if (packet.corruption !== null || !isSealedBy(seal, state)) return DropReason.xfrmNotAuthentic;
  state.window.note(seal.sequence);
  packet.cargo = null;
  packet.protocol = IpProtocol.udp;
  packet.sourcePort = cargo.sourcePort;
  packet.destinationPort = cargo.destinationPort;
  packet.vni = cargo.vni;
  packet.payloadLength = VXLAN_HEADER_LENGTH + packet.inner!.length;
  updateIpLength(packet);
  return null;
}

function isSealedBy({ key }: EspSeal, { spec }: SecurityAssociation): boolean {
  return (
    key === spec.key || (key.length === spec.key.length && key.every((byte, at) => byte === spec.key[at]))
  );
}

/** What came are bytes. */
function open(iface: Interface, packet: Packet): DropReason | null {
  const bytes = new Uint8Array(packet.payloadLength);
  packet.payload.writeTo(bytes, 0, 0, bytes.length);
  const header = parseEspHeader(bytes);
  if (isParseError(header)) return DropReason.malformed;
  const state = iface.namespace.xfrm!.find(packet.ipDestination, header.spi);
  if (state === undefined) return DropReason.xfrmNoState;
  const sequence = state.window.extend(header.sequence);
  if (!state.window.isNew(sequence)) return DropReason.xfrmReplayed;
  const opened = packet.corruption === null ? openEsp(bytes, state.spec.key, sequence) : null;
  if (opened === null) return DropReason.xfrmNotAuthentic;
  state.window.note(sequence);
  packet.protocol = opened.nextHeader;
  if (packet.protocol !== IpProtocol.udp) return DropReason.noProtocol;
  if (!parseTransport(packet, opened.data)) return DropReason.malformed;
  updateIpLength(packet);
  return null;
}
