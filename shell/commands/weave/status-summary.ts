import { ipamState } from '../../../models/weave/ipam/ipam-status.ts';
import type { WeaverStatus } from '../../../models/weave/weaver-status.ts';

/** In the order in which connections are counted; those that wait are in no list of the router's. */
const CONNECTION_STATES = ['established', 'pending', 'retrying', 'failed', 'connecting'];

/** `weave status`: how the router and its allocator of addresses are. */
export function statusSummary({ Version, Router, IPAM }: WeaverStatus): string {
  const { Protocol, ProtocolMinVersion, ProtocolMaxVersion, Connections, Peers } = Router;
  const states = Connections.map(({ State }) => State);
  const ends = Peers.flatMap((peer) => peer.Connections ?? []).map(({ Established }) =>
    Established ? 'established' : 'pending',
  );
  const ofConnections = counts(states, (text) => ` (${text})`);
  const ofPeers = counts(ends, (text) => ` (with ${text} connections)`);
  return `\
        Version: ${Version} (version check update disabled)

        Service: router
       Protocol: ${Protocol} ${ProtocolMinVersion}..${ProtocolMaxVersion}
           Name: ${Router.Name}(${Router.NickName})
     Encryption: ${Router.Encryption ? 'enabled' : 'disabled'}
  PeerDiscovery: ${Router.PeerDiscovery ? 'enabled' : 'disabled'}
        Targets: ${Router.Targets?.length ?? 0}
    Connections: ${Connections.length}${ofConnections}
          Peers: ${Peers.length}${ofPeers}
 TrustedSubnets: ${Router.TrustedSubnets.join(', ') || 'none'}

        Service: ipam
         Status: ${ipamState(IPAM)}
          Range: ${IPAM.Range}
  DefaultSubnet: ${IPAM.DefaultSubnet}
`;
}

/** `2 established, 1 pending`, framed; nothing where there is nothing to count. */
function counts(states: readonly string[], frame: (text: string) => string): string {
  const numbers = CONNECTION_STATES.map((name) => [states.filter((state) => state === name).length, name]);
  const text = numbers
    .filter(([count]) => count !== 0)
    .map((pair) => pair.join(' '))
    .join(', ');
  return text === '' ? '' : frame(text);
}
