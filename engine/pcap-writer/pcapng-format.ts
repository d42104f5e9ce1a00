/** Numbers of the pcapng format (draft-ietf-opsawg-pcapng), shared by the writer and the reader. */

/** Block types (section 11.1). */
export const BlockType = {
  interfaceDescription: 0x00000001,
  /** Obsolete Packet Block (appendix A), which old programs still write. */
  packet: 0x00000002,
  simplePacket: 0x00000003,
  enhancedPacket: 0x00000006,
  /** Reads the same in both byte orders. */
  sectionHeader: 0x0a0d0d0a,
} as const;

/** In the section header; tells the byte order of the section. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** The machine's byte order. */
export const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Option codes. Those from 2 on mean something else in every block type. */
export const OptionCode = {
  endOfOptions: 0,
  /** opt_comment, in any block. */
  comment: 1,
  /** shb_hardware, shb_os, shb_userappl. */
  hardware: 2,
  operatingSystem: 3,
  application: 4,
  /** if_name, if_description, if_tsresol, if_tsoffset. */
  interfaceName: 2,
  interfaceDescription: 3,
  timestampResolution: 9,
  timestampOffset: 14,
  /** epb_flags, and pack_flags of the obsolete block. */
  packetFlags: 2,
} as const;
