import type { BridgePort } from '../netns/bridge/bridge.ts';
import type { Packet } from '../packet.ts';
import { type Connection, Info, isReply } from './connection.ts';

/**
 * What netfilter knows of a packet while it is in one namespace (Linux: `skb->_nfct`, `skb->mark`, the
 * `nf_bridge_info` and `IPCB(skb)->frag_max_size`). A packet that no hook has looked at has none.
 */
export class FilterState {
  /** The connection that it belongs to; null for an invalid or untracked packet. */
  connection: Connection | null = null;
  info: Info = Info.established;
  /** Zone that a rule of the raw table gave it. */
  zone = 0;
  /** The bridge port that it came in by, when bridge netfilter has seen it. */
  portIn: BridgePort | null = null;
  /** The bridge port that it leaves by, when it is bridged. */
  portOut: BridgePort | null = null;
  /** PREROUTING has been passed on the bridge and is not to be passed again (Linux `ip_sabotage_in`). */
  preRouted = false;
  /** Id of the source MAC address to be put back when a bridged packet has waited for ARP; -1 for none. */
  bridgedFrom = -1;
  /** Bytes of IP payload of the fragments that it was put together from; null for a packet that came whole. */
  fragments: readonly number[] | null = null;
  /** Length of the longest of them, IP header included; 0 for a packet that came whole. */
  longestFragment = 0;

  clone(): FilterState {
    return Object.assign(new FilterState(), this);
  }
}

/** The state of a packet, made when there is none yet. */
export function filterState(packet: Packet): FilterState {
  packet.netfilter ??= new FilterState();
  return packet.netfilter;
}

/** What answers a packet belongs to the packet's connection, in the other direction (Linux `nf_ct_attach`). */
export function attachConnection(about: Packet, answer: Packet): void {
  const state = about.netfilter;
  if (state === null || state.connection === null) return;
  const attached = filterState(answer);
  attached.connection = state.connection;
  attached.info = isReply(state.info) ? Info.related : Info.relatedReply;
}
