import { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import { turnBit } from '../../netns/ipv4/corruption.ts';
import { ipHeaderLength, type Packet } from '../../packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import { readFrame } from '../../wire/frame-reader.ts';
import { isParseError } from '../../wire/parse-error.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import {
  parseSleeveFrame,
  parseSleeveSender,
  SLEEVE_FRAME_HEADER_LENGTH,
  SLEEVE_NAME_LENGTH,
  type SleeveFrameHeader,
} from '../wire/sleeve.ts';
import { type FrameRoute, SleeveCargo } from './sleeve-cargo.ts';
import type { SleeveForwarder } from './sleeve-forwarder.ts';
import type { SleeveOverlay } from './sleeve-overlay.ts';

/** A datagram has come to the router (weave `readUDP`). It comes with its frames, or as bytes that say what they are. */
export function takeDatagram(overlay: SleeveOverlay, iface: Interface, packet: Packet): void {
  if (packet.inner !== null && packet.cargo instanceof SleeveCargo) {
    takeCargo(overlay, iface, packet, packet.cargo);
  } else takeBytes(overlay, iface, packet);
}

function takeCargo(overlay: SleeveOverlay, iface: Interface, packet: Packet, cargo: SleeveCargo): void {
  const { network } = overlay.namespace;
  const forwarder = overlay.forwarderOf(cargo.sender);
  const reason =
    forwarder === undefined
      ? DropReason.overlayUnknownPeer
      : (mend(packet, cargo, overlay) ?? forwarder.crypto.admit(cargo.seal));
  if (reason !== null) {
    network.drop(packet, reason, iface);
    return;
  }
  let frame: Packet | null = network.pool.unwrap(packet);
  for (const route of cargo.routes) {
    const next: Packet | null = frame!.following;
    frame!.following = null;
    overlay.charge(frame!, cargo.seal !== null);
    pass(overlay, iface, route, frame!);
    frame = next;
  }
}

/**
 * Wrong bits that no checksum has found: what is sealed does not open, and bits of a frame are wrong in the frame from
 * here on. A header with a wrong bit is taken for what makes no sense.
 */
function mend(packet: Packet, cargo: SleeveCargo, overlay: SleeveOverlay): DropReason | null {
  const { corruption } = packet;
  if (corruption === null) return null;
  if (cargo.seal !== null) return DropReason.overlayNotAuthentic;
  for (const bit of corruption) {
    let at = (bit >> 3) - ipHeaderLength(packet) - UDP_HEADER_LENGTH - SLEEVE_NAME_LENGTH;
    let frame = packet.inner;
    while (frame !== null && at >= SLEEVE_FRAME_HEADER_LENGTH + frame.length) {
      at -= SLEEVE_FRAME_HEADER_LENGTH + frame.length;
      frame = frame.following;
    }
    at -= SLEEVE_FRAME_HEADER_LENGTH;
    if (frame === null || at < 0) return DropReason.malformed;
    turnBit(frame, overlay.namespace.network.macs, at * 8 + (bit & 7));
  }
  return null;
}

function pass(overlay: SleeveOverlay, iface: Interface, route: FrameRoute, frame: Packet): void {
  const source = overlay.peers.fetch(route.source);
  const destination = overlay.peers.fetch(route.destination);
  if (source !== undefined && destination !== undefined) overlay.consume(source, destination, frame);
  else overlay.namespace.network.drop(frame, DropReason.overlayUnknownPeer, iface);
}

/** The datagram ends here; the frames in it are packets of their own. */
function takeBytes(overlay: SleeveOverlay, iface: Interface, packet: Packet): void {
  const { network } = overlay.namespace;
  const bytes = new Uint8Array(packet.payloadLength);
  packet.payload.writeTo(bytes, 0, 0, bytes.length);
  const sender = parseSleeveSender(bytes, 0, bytes.length);
  if (isParseError(sender)) {
    network.drop(packet, DropReason.malformed, iface);
    return;
  }
  const forwarder = overlay.forwarderOf(sender);
  const frames = forwarder?.crypto.open(bytes.slice(SLEEVE_NAME_LENGTH)) ?? DropReason.overlayUnknownPeer;
  if (typeof frames === 'number') {
    network.drop(packet, frames, iface);
    return;
  }
  const { ipSource: address, sourcePort: port } = packet;
  const taken = takeFrames(overlay, iface, forwarder!, frames, { address, port });
  if (taken) network.deliver(packet);
  else network.drop(packet, DropReason.malformed, iface);
}

/** Answers whether the bytes were frames to their end (weave `IterateFrames`); what stands in front of an error counts. */
function takeFrames(
  overlay: SleeveOverlay,
  iface: Interface,
  forwarder: SleeveForwarder,
  bytes: Uint8Array,
  sender: { address: number; port: number },
): boolean {
  for (let offset = 0; offset < bytes.length; ) {
    const header = parseSleeveFrame(bytes, offset, bytes.length);
    if (isParseError(header)) return false;
    const start = offset + SLEEVE_FRAME_HEADER_LENGTH;
    offset = start + header.length;
    const frame = bytes.slice(start, offset);
    // what is no whole Ethernet header is passed over
    if (frame.length < ETHERNET_HEADER_LENGTH) continue;
    if (!isSpecial(frame)) passBytes(overlay, iface, header, frame);
    else if (header.source === forwarder.remotePeer.name && header.destination === overlay.localName) {
      forwarder.receiveSpecial({ sender, bytes: frame });
    }
  }
  return true;
}

/** Routers tell what they have made up themselves by a header of zeros. */
function isSpecial(frame: Uint8Array): boolean {
  return frame.subarray(0, ETHERNET_HEADER_LENGTH).every((byte) => byte === 0);
}

function passBytes(
  overlay: SleeveOverlay,
  iface: Interface,
  header: SleeveFrameHeader,
  bytes: Uint8Array,
): void {
  const { network } = overlay.namespace;
  const frame = network.pool.create();
  frame.sentAt = network.simulation.now;
  if (readFrame(frame, bytes, network.macs)) pass(overlay, iface, header, frame);
  else network.drop(frame, DropReason.malformed, iface);
}
