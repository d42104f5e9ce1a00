import { DropReason } from '../../drop-reason.ts';
import { type Packet, transportHeaderLength, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { espLength, sealEsp } from '../../wire/esp.ts';
import { ipPayloadBytes } from '../../wire/frame-bytes.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Interface } from '../interface/interface.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { NO_SEGMENT, Traced } from '../path-memo/path-memo.ts';
import { EspCargo } from './esp-cargo.ts';

/**
 * Encrypts a packet that starts here if a policy says so (Linux `xfrm_output`, `esp_output`).
 * @param iface where a drop is counted
 * @returns false when there is no key for it, and it is dropped
 */
export function passXfrm(namespace: NetworkNamespace, packet: Packet, iface: Interface): boolean {
  const policy = namespace.xfrm!.policyOf(packet, 'out');
  if (policy === undefined) return true;
  const { network, processor } = namespace;
  if (packet.traced === Traced.recorded) network.recorder.abandon(packet);
  packet.lastSegment = NO_SEGMENT;
  const state = namespace.xfrm!.find(packet.ipDestination, policy.spi);
  if (state === undefined) {
    network.drop(packet, DropReason.xfrmNoState, iface);
    return false;
  }
  processor?.charge('encrypt', packet);
  const seal = state.nextSeal();
  const length = espLength(transportHeaderLength(packet) + packet.payloadLength);
  if (packet.inner !== null && packet.cargo === null && packet.noUdpChecksum) {
    packet.cargo = new EspCargo(seal, packet);
  } else {
    packet.payload = new BytesPayload(sealEsp(seal, ipPayloadBytes(packet, network.macs), packet.protocol));
  }
  packet.protocol = IpProtocol.esp;
  packet.payloadLength = length;
  updateIpLength(packet);
  return true;
}
