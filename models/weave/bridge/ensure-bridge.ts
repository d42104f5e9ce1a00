import type { Interface } from '../../netns/interface/interface.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import {
  BRIDGE_PORT,
  type BridgeConfig,
  type BridgeType,
  DATAPATH,
  DEFAULT_MTU,
  ROUTER_PORT,
  WEAVE_BRIDGE,
} from './bridge-config.ts';
import { configureRules } from './bridge-rules.ts';
import { expose } from './expose.ts';

/** Gives the bridge its MTU for a moment: a bridge takes that of the ports that it has. */
const HELPER = 'vethwedu';

/**
 * Sets up the bridge of a host, or what is missing of it after a restart (weave `EnsureBridge`).
 * @returns the router's end of the pair that leads into the bridge
 * @throws Error when a bridge of another type is there; ControlError
 */
export function ensureBridge(namespace: NetworkNamespace, config: BridgeConfig): Interface {
  const existing = existingBridgeType(namespace);
  if (existing !== null && existing !== config.type) {
    throw new Error(
      `Existing bridge type "${existing}" is different than requested "${config.type}". ` +
        `Please do 'weave reset' and try again`,
    );
  }
  const mtu = config.mtu ?? DEFAULT_MTU[config.type];
  if (config.type === 'bridged_fastdp' && namespace.datapath(DATAPATH) === undefined) {
    namespace.addDatapath({ name: DATAPATH, mtu });
  }
  if (namespace.findInterface(WEAVE_BRIDGE) === undefined) namespace.addBridge({ name: WEAVE_BRIDGE });
  namespace.setMac(WEAVE_BRIDGE, config.peer);
  raiseMtu(namespace, mtu);
  const routerPort = ROUTER_PORT[config.type];
  if (namespace.findInterface(BRIDGE_PORT) === undefined) {
    namespace.addVeth({ name: BRIDGE_PORT, mtu, peer: { name: routerPort, mtu } });
    namespace.setMaster(BRIDGE_PORT, WEAVE_BRIDGE);
    namespace.setLinkUp(routerPort, true);
    namespace.setLinkUp(BRIDGE_PORT, true);
    namespace.datapath(DATAPATH)?.addNetdev(routerPort);
  }
  if (config.type === 'bridged_fastdp') namespace.setLinkUp(DATAPATH, true);
  configureRules(namespace, config);
  namespace.setLinkUp(WEAVE_BRIDGE, true);
  configureArpCache(namespace, WEAVE_BRIDGE);
  for (const address of namespace.link(WEAVE_BRIDGE)!.addresses) expose(namespace, address, config);
  return namespace.findInterface(routerPort)!;
}

/** Takes away what `ensureBridge` has made, but for the rules (`weave reset`). */
export function destroyBridge(namespace: NetworkNamespace): void {
  for (const name of [BRIDGE_PORT, WEAVE_BRIDGE]) {
    if (namespace.findInterface(name) !== undefined) namespace.deleteLink(name);
  }
  if (namespace.datapath(DATAPATH) !== undefined) namespace.deleteDatapath(DATAPATH);
}

/** Type of the bridge that is there; null for none. */
export function existingBridgeType(namespace: NetworkNamespace): BridgeType | null {
  if (namespace.findInterface(WEAVE_BRIDGE) === undefined) return null;
  if (namespace.findInterface(ROUTER_PORT.bridged_fastdp) !== undefined) return 'bridged_fastdp';
  return namespace.findInterface(ROUTER_PORT.bridge) === undefined ? null : 'bridge';
}

/**
 * Addresses are to be found again soon where pods come and go (weave `ConfigureARPCache`).
 * @param dev of the bridge or of a pod
 */
export function configureArpCache(namespace: NetworkNamespace, dev: string): void {
  const neighbours = `net.ipv4.neigh.${dev}`;
  namespace.setSysctl(`${neighbours}.base_reachable_time`, '5');
  namespace.setSysctl(`${neighbours}.delay_first_probe_time`, '2');
  namespace.setSysctl(`${neighbours}.ucast_solicit`, '1');
}

/** Weave's helper is a dummy device; a veth pair does the same. */
function raiseMtu(namespace: NetworkNamespace, mtu: number): void {
  namespace.addVeth({ name: HELPER, mtu, peer: { name: `${HELPER}p` } });
  namespace.setMaster(HELPER, WEAVE_BRIDGE);
  namespace.deleteLink(HELPER);
}
