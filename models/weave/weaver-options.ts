import type { NetworkNamespace } from '../netns/network-namespace.ts';
import type { Ipv4Prefix } from '../wire/ipv4-address.ts';
import type { PersistedIpam } from './ipam/allocator.ts';
import type { IpamInit } from './ipam/ipam-init.ts';
import type { PeerName } from './peer-name.ts';

/** What carries frames between peers: the fast datapath as long as it works, or sleeve alone. */
export type Datapath = 'fastdp' | 'sleeve';

/** `weaver`'s command line. */
export interface WeaverOptions {
  /** Of the node. */
  readonly namespace: NetworkNamespace;
  /** `--name`. */
  readonly name: PeerName;
  /** `--nickname`: in Kubernetes the name of the node. */
  readonly nickname: string;
  /** Addresses of other peers, with or without port. */
  readonly targets: readonly string[];
  /** `--ipalloc-range`. */
  readonly range: Ipv4Prefix;
  /** `--ipalloc-init`. */
  readonly init: IpamInit;
  /** `--datapath`; sleeve is WEAVE_NO_FASTDP, or a kernel without Open vSwitch. */
  readonly datapath: Datapath;
  /** `--mtu`, bytes. Default: that of the data path. */
  readonly mtu?: number;
  /** `--password`. */
  readonly password?: string;
  /** `--no-discovery` is false. Default true. */
  readonly discovery?: boolean;
  /** `--conn-limit`, 0 for any number. Default 200. */
  readonly connectionLimit?: number;
  /** `--expect-npc`. Default false. */
  readonly expectNpc?: boolean;
  /** `--no-masq-local`. Default false. */
  readonly noMasqLocal?: boolean;
  /** What an earlier process has left in its database. */
  readonly persisted?: PersistedIpam | null;
}
