import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { Ipv4Prefix } from '../../wire/ipv4-address.ts';
import type { PeerName } from '../peer-name.ts';
import type { Overlay } from './overlay.ts';

/** How a router is started: `weaver`'s command line, as far as the mesh is concerned. */
export interface MeshOptions {
  readonly namespace: NetworkNamespace;
  readonly name: PeerName;
  readonly nickname: string;
  readonly overlay: Overlay;
  /** `--port`, default 6783. */
  readonly port?: number;
  /** `--password`; without one nothing is encrypted. */
  readonly password?: string | null;
  /** `--conn-limit`: most connections, 0 for any number. Default 200. */
  readonly connectionLimit?: number;
  /** Whether to connect to peers that others tell of; `--no-discovery` is false. Default true. */
  readonly discovery?: boolean;
  /** `--trusted-subnets`: where data need no encryption. */
  readonly trustedSubnets?: readonly Ipv4Prefix[];
  /** Gets the lines of the log, without level and time. */
  readonly log?: ((line: string) => void) | null;
  /** Process id and name, as `netstat -p` shows them. */
  readonly owner?: string;
}
