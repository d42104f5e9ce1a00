import type { Cargo } from '../../cargo.ts';
import type { MacTable } from '../../mac-table.ts';
import type { Packet } from '../../packet.ts';
import type { Payload } from '../../payload.ts';
import { writeFrame } from '../../wire/frame-bytes.ts';
import type { PeerName } from '../peer-name.ts';
import {
  emitSleeveFrame,
  emitSleeveSender,
  SLEEVE_FRAME_HEADER_LENGTH,
  SLEEVE_NAME_LENGTH,
} from '../wire/sleeve.ts';
import { emitSealed, SLEEVE_SEAL_LENGTH, type SleeveSeal } from '../wire/sleeve-seal.ts';

/** Who captured a frame and who is to inject it. */
export interface FrameRoute {
  readonly source: PeerName;
  readonly destination: PeerName;
}

/** The frames of pods in a sleeve datagram, with what stands around them. */
export class SleeveCargo implements Cargo {
  readonly sender: PeerName;
  /** One for each frame. */
  readonly routes: readonly FrameRoute[];
  /** Null for a datagram in clear. */
  readonly seal: SleeveSeal | null;
  /** What was sealed once does not change on the way. */
  private sealed: Uint8Array | null = null;

  constructor(sender: PeerName, routes: readonly FrameRoute[], seal: SleeveSeal | null) {
    this.sender = sender;
    this.routes = routes;
    this.seal = seal;
  }

  writeTo(bytes: Uint8Array, offset: number, frame: Packet, macs: MacTable): void {
    const start = offset + emitSleeveSender(bytes, offset, this.sender);
    if (this.seal === null) {
      this.writeFrames(bytes, start, frame, macs);
      return;
    }
    this.sealed ??= this.sealFrames(this.seal, frame, macs);
    bytes.set(this.sealed, start);
  }

  private sealFrames(seal: SleeveSeal, first: Packet, macs: MacTable): Uint8Array {
    let length = 0;
    for (let frame: Packet | null = first; frame !== null; frame = frame.following) {
      length += SLEEVE_FRAME_HEADER_LENGTH + frame.length;
    }
    const plain = new Uint8Array(length);
    this.writeFrames(plain, 0, first, macs);
    return sealedBytes(seal, plain);
  }

  private writeFrames(bytes: Uint8Array, offset: number, first: Packet, macs: MacTable): void {
    let place = 0;
    for (let frame: Packet | null = first; frame !== null; frame = frame.following) {
      const { length } = frame;
      offset += emitSleeveFrame(bytes, offset, { ...this.routes[place++], length });
      offset += writeFrame(frame, macs, bytes, offset);
    }
  }
}

/** A datagram that a router has made up itself: heartbeat, fragmentation test, MTU test. */
export class SpecialPayload implements Payload {
  private bytes: Uint8Array | null = null;

  /**
   * @param frame all zeros up to the Ethernet payload
   * @param seal null for a datagram in clear
   */
  constructor(
    private readonly sender: PeerName,
    private readonly route: FrameRoute,
    private readonly frame: Uint8Array,
    private readonly seal: SleeveSeal | null,
  ) {}

  /** Bytes of the UDP payload. */
  get length(): number {
    const sealing = this.seal === null ? 0 : SLEEVE_SEAL_LENGTH;
    return SLEEVE_NAME_LENGTH + sealing + SLEEVE_FRAME_HEADER_LENGTH + this.frame.length;
  }

  writeTo(bytes: Uint8Array, offset: number, from: number, length: number): void {
    this.bytes ??= this.make();
    bytes.set(this.bytes.subarray(from, from + length), offset);
  }

  private make(): Uint8Array {
    const plain = new Uint8Array(SLEEVE_FRAME_HEADER_LENGTH + this.frame.length);
    const start = emitSleeveFrame(plain, 0, { ...this.route, length: this.frame.length });
    plain.set(this.frame, start);
    const bytes = new Uint8Array(this.length);
    const behind = emitSleeveSender(bytes, 0, this.sender);
    bytes.set(this.seal === null ? plain : sealedBytes(this.seal, plain), behind);
    return bytes;
  }
}

function sealedBytes(seal: SleeveSeal, plain: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SLEEVE_SEAL_LENGTH + plain.length);
  emitSealed(bytes, 0, seal, plain);
  return bytes;
}
