import type { Errno } from '../netns/control-error.ts';
import type { IcmpQuote } from '../netns/ipv4/icmp-input.ts';
import type { PathMtuDiscovery } from './udp.ts';

/** What few sockets are told: kept apart, so that all others share one object, as in `rare-state.ts`. */
export class UdpOptions {
  owner = '';
  broadcast = false;
  ttl = 0;
  tos = 0;
  discovery: PathMtuDiscovery = 'want';
  onError: ((errno: Errno) => void) | null = null;
  onIcmp: ((quote: IcmpQuote) => void) | null = null;
}

export const DEFAULT_UDP_OPTIONS: Readonly<UdpOptions> = Object.freeze(new UdpOptions());
