import type { MeshRouter } from '../../models/weave/mesh/mesh-router.ts';
import type { Peer } from '../../models/weave/mesh/peer.ts';
import type { PeerName } from '../../models/weave/peer-name.ts';

/**
 * Routers that are connected, directly or not, know of one another what is so, have ways to one another, and what one
 * broadcasts comes to all others once. True when nothing has happened for long enough, and all connections are
 * established.
 * @throws Error that says who believes what is not so
 */
export function checkMeshAgreement(routers: readonly MeshRouter[]): void {
  const byName = new Map(routers.map((router) => [router.peers.local.name, router]));
  for (const router of routers) {
    checkConnections(router, byName);
    const component = componentOf(router, byName);
    checkKnowledge(router, component);
    checkUnicast(router, component);
    checkBroadcast(router, component);
  }
}

type Component = ReadonlyMap<PeerName, MeshRouter>;

function complain(router: MeshRouter, text: string): never {
  throw new Error(`${router.peers.local}: ${text}`);
}

/** Both ends have it, and say the same of it. */
function checkConnections(router: MeshRouter, byName: Component): void {
  for (const [name, connection] of router.local.connections) {
    const other = byName.get(name)?.local.connections.get(router.peers.local.name);
    if (other === undefined) complain(router, `connection to ${name} has no other end`);
    if (other.uid !== connection.uid) complain(router, `two connections to ${name}`);
    if (other.outbound === connection.outbound) complain(router, `connection to ${name} opened by both`);
    if (!connection.established) complain(router, `connection to ${name} is not established`);
  }
}

function componentOf(router: MeshRouter, byName: Component): Component {
  const component = new Map([[router.peers.local.name, router]]);
  for (const member of component.values()) {
    for (const name of member.local.connections.keys()) component.set(name, byName.get(name)!);
  }
  return component;
}

function checkKnowledge(router: MeshRouter, component: Component): void {
  const known = router.peers.all().map(({ name }) => name);
  const real = [...component.keys()].sort((a, b) => a - b);
  if (String(known) !== String(real)) complain(router, `knows ${known}, not ${real}`);
  for (const [name, member] of component) {
    const [belief, truth] = [router.peers.fetch(name)!, member.peers.local].map(describe);
    if (belief !== truth) complain(router, `believes ${belief}, not ${truth}`);
    if (router.peers.fetchByShortId(member.peers.local.shortId)?.name !== name) {
      complain(router, `does not know the short id of ${name}`);
    }
  }
}

function describe({ name, nickname, uid, version, shortId, connections }: Peer): string {
  const ends = [...connections.values()].sort((a, b) => a.remote - b.remote);
  const list = ends.map((end) => `${end.remote} ${end.address} ${end.outbound} ${end.established}`);
  return `${name} ${nickname} ${uid} ${version} ${shortId} [${list.join(', ')}]`;
}

function checkUnicast(router: MeshRouter, component: Component): void {
  for (const name of component.keys()) {
    let at = router;
    for (let hops = 0; at.peers.local.name !== name; hops++) {
      const hop = at.routes.unicast(name);
      if (hop === undefined || hops > component.size) complain(router, `has no way to ${name}`);
      at = component.get(hop)!;
    }
  }
}

function checkBroadcast(router: MeshRouter, component: Component): void {
  const origin = router.peers.local.name;
  const reached = new Set([origin]);
  for (const name of reached) {
    for (const hop of component.get(name)!.routes.broadcast(origin)) {
      if (reached.has(hop)) complain(router, `reaches ${hop} twice`);
      reached.add(hop);
    }
  }
  if (reached.size !== component.size) complain(router, `reaches ${[...reached]} only`);
}
