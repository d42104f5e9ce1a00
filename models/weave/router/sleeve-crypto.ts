import { DropReason } from '../../drop-reason.ts';
import { ReplayWindow } from '../wire/replay-window.ts';
import { SLEEVE_NAME_LENGTH } from '../wire/sleeve.ts';
import { openSealed, parseSealHeader, SLEEVE_SEAL_LENGTH, type SleeveSeal } from '../wire/sleeve-seal.ts';

/** Both directions of the encryption of one connection, or their absence (weave `router/crypto.go`). */
export class SleeveCrypto {
  private readonly key: Uint8Array | null;
  private readonly outbound: boolean;
  /** Datagrams sent so far, by the two paths. */
  private sent = 0;
  private sentDf = 0;
  private readonly received = new ReplayWindow();
  private readonly receivedDf = new ReplayWindow();

  /**
   * @param key of the session; null where nothing is encrypted
   * @param outbound this side has opened the TCP connection
   */
  constructor(key: Uint8Array | null, outbound: boolean) {
    this.key = key;
    this.outbound = outbound;
  }

  get encrypts(): boolean {
    return this.key !== null;
  }

  /** Bytes in front of the first frame's header. */
  get datagramOverhead(): number {
    return this.key === null ? SLEEVE_NAME_LENGTH : SLEEVE_NAME_LENGTH + SLEEVE_SEAL_LENGTH;
  }

  /** By what the next datagram is to be encrypted; null in clear. */
  nextSeal(df: boolean): SleeveSeal | null {
    if (this.key === null) return null;
    const sequence = df ? this.sentDf++ : this.sent++;
    return { key: this.key, byOpener: this.outbound, df, sequence };
  }

  /**
   * Judges a datagram whose frames need not be decrypted to be had, by what it was encrypted.
   * @returns why it is not taken, or null
   */
  admit(seal: SleeveSeal | null): DropReason | null {
    // what is not encrypted as it should be makes no sense
    if (seal === null || this.key === null) {
      if (seal === null && this.key === null) return null;
      return this.key === null ? DropReason.malformed : DropReason.overlayNotAuthentic;
    }
    const authentic = seal.byOpener !== this.outbound && isSame(seal.key, this.key);
    return authentic ? this.admitSequence(seal.df, seal.sequence) : DropReason.overlayNotAuthentic;
  }

  /** Decrypts what stands behind the sender's name. @returns the frames with their headers, or why there are none */
  open(bytes: Uint8Array): Uint8Array | DropReason {
    if (this.key === null) return bytes;
    const header = parseSealHeader(bytes);
    if (header === null) return DropReason.malformed;
    const plain = openSealed(bytes, { ...header, key: this.key, byOpener: !this.outbound });
    if (plain === null) return DropReason.overlayNotAuthentic;
    return this.admitSequence(header.df, header.sequence) ?? plain;
  }

  private admitSequence(df: boolean, sequence: number): DropReason | null {
    const window = df ? this.receivedDf : this.received;
    return window.admit(sequence) ? null : DropReason.overlayReplayed;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, place) => byte === b[place]);
}
