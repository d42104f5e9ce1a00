import { formatMac, type MacAddress } from '../wire/mac-address.ts';

/** A peer's name: 48 bits that are also the MAC address of its bridge (Weave's `PeerName`, flavour `mac`). */
export type PeerName = MacAddress;

/** No peer: what a broadcast has in place of a next hop. */
export const UNKNOWN_PEER: PeerName = 0;

/** As logs and `weave status` show it. */
export function formatPeerName(name: PeerName): string {
  return formatMac(name);
}
