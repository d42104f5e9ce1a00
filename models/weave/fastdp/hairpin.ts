import type { Datapath } from '../../netns/openvswitch/datapath.ts';
import type { FlowAction, FlowKey } from '../../netns/openvswitch/flow.ts';

/** Whether frames would go back to where they come from: a port, or the peer that has sent them (weave `isHairpinFlow`). */
export function isHairpin(
  datapath: Datapath,
  { inPort, tunnel }: FlowKey,
  actions: readonly FlowAction[],
): boolean {
  return actions.some((action) => {
    if (action.kind === 'output') return action.port === inPort && datapath.port(inPort)?.type !== 'vxlan';
    const { vni, source, destination } = action.tunnel;
    return tunnel?.vni === vni && tunnel.source === destination && tunnel.destination === source;
  });
}
