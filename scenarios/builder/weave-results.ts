import { ipamState } from '../../models/weave/ipam/ipam-status.ts';
import { meshStatus } from '../../models/weave/mesh/mesh-status.ts';
import type { Weaver } from '../../models/weave/weaver.ts';
import type { ScenarioRun } from './scenario-run.ts';

/** Figures of the Weave router of one node, as they stand at the end. */
export interface WeaveResult {
  node: string;
  /** Whether it runs; the others are 0 if not. */
  running: boolean;
  /** Other peers that it knows, and connections that frames get through, by what carries them. */
  peers: number;
  fastdp: number;
  sleeve: number;
  /** As `weave status` says it: `ready`, `awaiting consensus ...`. */
  ipam: string;
  /** Addresses that it owns, and those that are in use. */
  owned: number;
  used: number;
  /** Messages to other routers, and their bytes; copies of broadcast frames. */
  controlMessages: number;
  controlBytes: number;
  broadcastCopies: number;
}

/** Node by node. */
export function weaveResults({ plan, weave }: ScenarioRun): WeaveResult[] {
  return (weave?.weavers ?? []).map((weaver, node) => ({
    node: plan.hosts[node].name,
    ...(weaver === null ? NOT_RUNNING : resultOf(weaver)),
  }));
}

const NOT_RUNNING = {
  ...{ running: false, peers: 0, fastdp: 0, sleeve: 0, ipam: '', owned: 0, used: 0 },
  ...{ controlMessages: 0, controlBytes: 0, broadcastCopies: 0 },
};

function resultOf({ mesh, allocator, broadcastCopies }: Weaver): Omit<WeaveResult, 'node'> {
  const { Name, Connections } = meshStatus(mesh, String);
  const ipam = allocator.status();
  const own = (ipam.Entries ?? []).filter(({ Peer }) => Peer === Name);
  const over = (overlay: string) =>
    Connections.filter(({ State, Attrs }) => State === 'established' && Attrs?.name === overlay).length;
  return {
    running: true,
    peers: mesh.peers.size - 1,
    fastdp: over('fastdp'),
    sleeve: over('sleeve'),
    ipam: ipamState(ipam),
    owned: own.reduce((sum, { Size }) => sum + Size, 0),
    used: ipam.ActiveIPs,
    controlMessages: mesh.messagesSent,
    controlBytes: mesh.bytesSent,
    broadcastCopies,
  };
}
