/** Which way a packet crossed its interface: bits 0 and 1 of epb_flags (draft-ietf-opsawg-pcapng, 4.3.1). */
export const Direction = { unknown: 0, inbound: 1, outbound: 2 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];
