import { writeUint32 } from '../../wire/big-endian.ts';
import type { EspSeal } from '../../wire/esp.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { EspReplayWindow } from './replay-window.ts';

const IV_LENGTH = 8;

/** `ip xfrm state add`: one direction of what two hosts encrypt by ESP in transport mode. */
export interface StateSpec {
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  /** Security parameters index, from 256. With `destination` it names the association. */
  readonly spi: number;
  /** `ESP_KEY_LENGTH` bytes for `rfc4106(gcm(aes))`. */
  readonly key: Uint8Array;
  /** Sequence numbers that may come out of order. */
  readonly replayWindow: number;
}

/** A security association (Linux `struct xfrm_state`). */
export class SecurityAssociation {
  readonly spec: StateSpec;
  readonly window: EspReplayWindow;
  /** Of the packet sent last. */
  private sequence = 0;
  /** Makes initialization vectors of sequence numbers (Linux `seqiv`). */
  private readonly mask: Uint8Array;

  constructor(namespace: NetworkNamespace, spec: StateSpec) {
    this.spec = spec;
    this.window = new EspReplayWindow(spec.replayWindow);
    const draws = namespace.network.random.stream('xfrm_iv', `${namespace.name}:${spec.spi}`);
    this.mask = Uint8Array.from({ length: IV_LENGTH }, () => draws.integer(0, 255));
  }

  /** By what the next packet is encrypted. */
  nextSeal(): EspSeal {
    const { spi, key } = this.spec;
    const sequence = ++this.sequence;
    const iv = new Uint8Array(IV_LENGTH);
    writeUint32(iv, 0, Math.floor(sequence / 2 ** 32));
    writeUint32(iv, 4, sequence % 2 ** 32);
    return { spi, sequence, key, iv: iv.map((byte, place) => byte ^ this.mask[place]) };
  }
}
