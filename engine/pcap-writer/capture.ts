import type { Direction } from './direction.ts';

/** A capture file that was read. */
export interface Capture {
  format: 'pcapng' | 'pcap';
  /** By interface id; a classic file has one, without a name. */
  interfaces: CapturedInterface[];
  /** In the order of the file. */
  packets: CapturedPacket[];
  /** The file ends in the middle of a record. */
  truncated: boolean;
  /** shb_hardware, shb_os and shb_userappl of the first section. */
  hardware: string | null;
  operatingSystem: string | null;
  application: string | null;
}

export interface CapturedInterface {
  name: string | null;
  description: string | null;
  /** Bytes; 0 for no limit. */
  snapLength: number;
  /** See `LinkType`. */
  linkType: number;
}

export interface CapturedPacket {
  interfaceId: number;
  /** Nanoseconds since 1970-01-01 UTC; 0 for a packet without a time (pcapng simple packet block). */
  time: bigint;
  /** What was captured of the packet: a view of the file's bytes. */
  bytes: Uint8Array;
  /** Bytes of the packet on the wire. */
  originalLength: number;
  direction: Direction;
  /** Several comments are lines of one text. */
  comment: string | null;
}

/** The bytes are no capture file, or one with a record that makes no sense. */
export class CaptureFormatError extends Error {
  /** Byte of the file where the trouble begins. */
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(`${problem} (byte ${offset} of the capture)`);
    this.name = 'CaptureFormatError';
    this.offset = offset;
  }
}
