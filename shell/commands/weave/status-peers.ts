import type { WeaverStatus } from '../../../models/weave/weaver-status.ts';
import { arrow } from './status-connections.ts';

/** `weave status peers`: every peer that is known, with its connections. */
export function statusPeers({ Router }: WeaverStatus): string {
  return Router.Peers.map(({ Name, NickName, Connections }) => {
    const connections = (Connections ?? []).map((connection) => {
      const { Address, Outbound, Established } = connection;
      const remote = `${connection.Name}(${connection.NickName})`;
      const state = Established ? 'established' : 'pending';
      return `   ${arrow(Outbound)} ${Address.padEnd(21)} ${remote.padEnd(37)} ${state}\n`;
    });
    return `${Name}(${NickName})\n${connections.join('')}`;
  }).join('');
}
