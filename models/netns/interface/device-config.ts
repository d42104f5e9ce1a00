const SECOND = 1e9;

/**
 * `net.ipv4.conf.<interface>.*` (Linux `struct ipv4_devconf`). Interfaces share one object until a value of
 * theirs is set; it is then copied, so that a namespace with default settings costs nothing.
 */
export interface DeviceConfig {
  forwarding: boolean;
  rpFilter: number;
  acceptLocal: boolean;
  acceptRedirects: boolean;
  secureRedirects: boolean;
  sharedMedia: boolean;
  sendRedirects: boolean;
  routeLocalnet: boolean;
  arpAccept: number;
  arpAnnounce: number;
  arpFilter: boolean;
  arpIgnore: number;
  arpNotify: boolean;
  proxyArp: boolean;
  proxyArpPvlan: boolean;
  ignoreRoutesWithLinkdown: boolean;
  promoteSecondaries: boolean;
  bcForwarding: boolean;
  /** The reverse-path filter looks at the packet's mark. */
  srcValidMark: boolean;
  acceptSourceRoute: boolean;
  /** Loss of carrier clears the neighbours. */
  arpEvictNocarrier: boolean;
  dropGratuitousArp: boolean;
  dropUnicastInL2Multicast: boolean;
  /** Proxy ARP only between media with different numbers; -1 for never, 0 for always. */
  mediumId: number;
}

/** `net.ipv4.neigh.<interface>.*` (Linux `struct neigh_parms`); times in nanoseconds. */
export interface NeighbourConfig {
  baseReachableTime: number;
  retransTime: number;
  delayFirstProbeTime: number;
  gcStaleTime: number;
  unicastSolicit: number;
  multicastSolicit: number;
  multicastResolicit: number;
  appSolicit: number;
  unresolvedQueueBytes: number;
  lockTime: number;
  proxyDelay: number;
  proxyQueueLength: number;
  anycastDelay: number;
  /** Between two looks at a managed entry. */
  intervalProbeTime: number;
}

/** Linux 6 defaults of a host that does not forward. */
export const DEFAULT_DEVICE_CONFIG: Readonly<DeviceConfig> = Object.freeze({
  forwarding: false,
  rpFilter: 0,
  acceptLocal: false,
  acceptRedirects: true,
  secureRedirects: true,
  sharedMedia: true,
  sendRedirects: true,
  routeLocalnet: false,
  arpAccept: 0,
  arpAnnounce: 0,
  arpFilter: false,
  arpIgnore: 0,
  arpNotify: false,
  proxyArp: false,
  proxyArpPvlan: false,
  ignoreRoutesWithLinkdown: false,
  promoteSecondaries: false,
  bcForwarding: false,
  srcValidMark: false,
  acceptSourceRoute: true,
  arpEvictNocarrier: true,
  dropGratuitousArp: false,
  dropUnicastInL2Multicast: false,
  mediumId: 0,
});

/** `net.ipv4.conf.all`. */
export const DEFAULT_CONFIG_ALL: Readonly<DeviceConfig> = Object.freeze({
  ...DEFAULT_DEVICE_CONFIG,
  acceptSourceRoute: false,
});

/** Linux 6 defaults; 212,992 is SK_WMEM_MAX on 64-bit kernels with 4 KiB pages. */
export const DEFAULT_NEIGHBOUR_CONFIG: Readonly<NeighbourConfig> = Object.freeze({
  baseReachableTime: 30 * SECOND,
  retransTime: SECOND,
  delayFirstProbeTime: 5 * SECOND,
  gcStaleTime: 60 * SECOND,
  unicastSolicit: 3,
  multicastSolicit: 3,
  multicastResolicit: 0,
  appSolicit: 0,
  unresolvedQueueBytes: 212_992,
  lockTime: SECOND,
  proxyDelay: 0.8 * SECOND,
  proxyQueueLength: 64,
  anycastDelay: SECOND,
  intervalProbeTime: 5 * SECOND,
});
