import type { RandomStream } from '../../../engine/random.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Alarms } from '../alarms.ts';
import type { ConnectionMaker } from './connection-maker.ts';
import type { GossipChannels } from './gossip-channels.ts';
import type { LocalPeer } from './local-peer.ts';
import type { MeshRoutes } from './mesh-routes.ts';
import type { Overlay } from './overlay.ts';
import type { PeerTable } from './peer-table.ts';
import type { ReadyQueue } from './ready-queue.ts';

/** What the parts of a router know of it and of each other. */
export interface MeshProcess {
  readonly namespace: NetworkNamespace;
  readonly overlay: Overlay;
  readonly port: number;
  readonly password: string | null;
  readonly connectionLimit: number;
  readonly discovery: boolean;
  readonly alarms: Alarms;
  readonly ready: ReadyQueue;
  readonly local: LocalPeer;
  readonly peers: PeerTable;
  readonly routes: MeshRoutes;
  readonly channels: GossipChannels;
  readonly connectionMaker: ConnectionMaker;
  /** This peer's own random numbers for a purpose. */
  random(purpose: string): RandomStream;
  /** Whether an address is in a trusted subnet. */
  trusts(address: Ipv4Address): boolean;
  log(line: string): void;
  /** A message of so many bytes is on its way to a neighbour. */
  noteSent(bytes: number): void;
}

/** 64 random bits. */
export function drawUint64(random: RandomStream): bigint {
  return (BigInt(random.int32() >>> 0) << 32n) | BigInt(random.int32() >>> 0);
}
