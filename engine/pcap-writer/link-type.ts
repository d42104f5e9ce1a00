/** Link types of the tcpdump registry (https://www.tcpdump.org/linktypes.html) that are of use here. */
export const LinkType = {
  /** Frames from the destination MAC on, without preamble and frame check sequence. */
  ethernet: 1,
  /** Raw IPv4 or IPv6 datagrams. */
  raw: 101,
  /** `tcpdump -i any`: Linux cooked capture. */
  linuxCooked: 113,
} as const;

/** Longest packet kept if the caller does not say: tcpdump's default, and the most that libpcap reads. */
export const DEFAULT_SNAP_LENGTH = 262_144;
