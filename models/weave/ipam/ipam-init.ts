import { parseMac } from '../../wire/mac-address.ts';
import type { PeerName } from '../peer-name.ts';

/** Where the ring comes from (`--ipalloc-init`). */
export type IpamInit =
  /** Peers agree on it; how many there will be, 0 to guess from the targets. */
  | { readonly kind: 'consensus'; readonly peers: number }
  /** It is made for these peers at once, by everybody alike. */
  | { readonly kind: 'seed'; readonly peers: readonly PeerName[] }
  /** Others make it. */
  | { readonly kind: 'observer' };

/**
 * Reads `consensus`, `consensus=3`, `seed=02:00:00:00:00:01,...` or `observer`; undefined when it is none of
 * them.
 */
export function parseIpamInit(text: string): IpamInit | undefined {
  if (text === 'observer') return { kind: 'observer' };
  if (text === 'consensus') return { kind: 'consensus', peers: 0 };
  const [, mode, value = ''] = /^(consensus|seed)=(.+)$/.exec(text) ?? [];
  if (mode === 'consensus' && /^\d+$/.test(value)) return { kind: 'consensus', peers: Number(value) };
  if (mode !== 'seed') return undefined;
  const peers: PeerName[] = [];
  for (const name of value.split(',')) {
    const peer = parseMac(name);
    if (peer === undefined) return undefined;
    peers.push(peer);
  }
  return { kind: 'seed', peers };
}
