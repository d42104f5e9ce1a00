import type { WeaverStatus } from '../../../models/weave/weaver-status.ts';

/** `weave status connections`: connections, and addresses at which there is none. */
export function statusConnections({ Router }: WeaverStatus): string {
  return Router.Connections.map(({ Address, Outbound, State, Info, Attrs }) => {
    // nothing stands between them
    const attributes = Object.entries(Attrs ?? {}).filter(([name]) => name !== 'name');
    const pairs = attributes.map(([name, value]) => `${name}=${value}`).join('');
    return `${arrow(Outbound)} ${Address.padEnd(21)} ${State.padEnd(11)} ${Info} ${pairs}\n`;
  }).join('');
}

/** Who has opened a connection. */
export function arrow(outbound: boolean): string {
  return outbound ? '->' : '<-';
}
