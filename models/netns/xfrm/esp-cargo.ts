import type { Cargo } from '../../cargo.ts';
import type { MacTable } from '../../mac-table.ts';
import type { Packet } from '../../packet.ts';
import { type EspSeal, sealEsp } from '../../wire/esp.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { emitUdp, UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import { emitVxlan, VXLAN_HEADER_LENGTH } from '../../wire/vxlan.ts';

/** A VXLAN datagram without a checksum, encrypted: what stood in the packet's fields is kept here. */
export class EspCargo implements Cargo {
  readonly seal: EspSeal;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly vni: number;
  /** What was encrypted once does not change on the way. */
  private sealed: Uint8Array | null = null;

  constructor(seal: EspSeal, { sourcePort, destinationPort, vni }: Packet) {
    this.seal = seal;
    this.sourcePort = sourcePort;
    this.destinationPort = destinationPort;
    this.vni = vni;
  }

  writeTo(bytes: Uint8Array, offset: number, frame: Packet, macs: MacTable): void {
    this.sealed ??= this.make(frame, macs);
    bytes.set(this.sealed, offset);
  }

  private make(frame: Packet, macs: MacTable): Uint8Array {
    const plain = new Uint8Array(UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH + frame.length);
    let end = emitUdp(plain, 0, this.sourcePort, this.destinationPort, plain.length);
    end += emitVxlan(plain, end, this.vni);
    writeFrame(frame, macs, plain, end);
    return sealEsp(this.seal, plain, IpProtocol.udp);
  }
}
