import { sendIcmpError } from '../../netns/ipv4/icmp-error.ts';
import { ipLocalOutput } from '../../netns/ipv4/ip-output.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import { Traced } from '../../netns/path-memo/path-memo.ts';
import { routeOutput } from '../../netns/routing/route-output.ts';
import { type Packet, PacketType, updateIpLength } from '../../packet.ts';
import { UnreachableCode } from '../../wire/icmp.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import { TcpFlag } from '../../wire/tcp.ts';
import { setClosing } from '../conntrack-tcp.ts';
import type { RejectWith } from '../control-types.ts';
import { attachConnection } from '../filter-state.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

const codes: Record<Exclude<RejectWith, 'tcp-reset'>, number> = {
  'icmp-net-unreachable': UnreachableCode.net,
  'icmp-host-unreachable': UnreachableCode.host,
  'icmp-proto-unreachable': UnreachableCode.protocol,
  'icmp-port-unreachable': UnreachableCode.port,
  'icmp-net-prohibited': UnreachableCode.netProhibited,
  'icmp-host-prohibited': UnreachableCode.hostProhibited,
  'icmp-admin-prohibited': UnreachableCode.communicationProhibited,
};
const NO_OPTIONS = new Uint8Array(0);

/** `-j REJECT`: the packet dies, and its sender is told. */
export class RejectAction implements Action {
  constructor(
    private readonly namespace: NetworkNamespace,
    private readonly how: RejectWith,
  ) {}

  run(packet: Packet): Verdict {
    if (this.how === 'tcp-reset') sendReset(this.namespace, packet);
    else if (packet.fragmentOffset === 0) {
      sendIcmpError.unreachable(this.namespace, packet, codes[this.how]);
    }
    return Verdict.drop;
  }
}

/** Refuses a segment in the name of whom it was for (Linux `nf_send_reset`). */
function sendReset(namespace: NetworkNamespace, about: Packet): void {
  const segment = about.tcp;
  if (about.fragmentOffset !== 0 || segment === null || (segment.flags & TcpFlag.rst) !== 0) return;
  if (about.ingress !== null && about.packetType !== PacketType.host) return;
  const decision = routeOutput(
    namespace,
    namespace.hasAddress(about.ipDestination) ? about.ipDestination : 0,
    about.ipSource,
  );
  if (decision.kind === 'error' || decision.kind === 'drop') return;
  const reset = namespace.network.pool.create();
  reset.ipSource = about.ipDestination;
  reset.ipDestination = about.ipSource;
  reset.protocol = IpProtocol.tcp;
  reset.ttl = namespace.sysctls.ipDefaultTtl;
  reset.dontFragment = true;
  reset.sourcePort = about.destinationPort;
  reset.destinationPort = about.sourcePort;
  const acknowledged = (segment.flags & TcpFlag.ack) !== 0;
  const control =
    ((segment.flags & TcpFlag.syn) !== 0 ? 1 : 0) + ((segment.flags & TcpFlag.fin) !== 0 ? 1 : 0);
  reset.tcp = {
    sequence: acknowledged ? segment.acknowledgement : 0,
    acknowledgement: acknowledged ? 0 : (segment.sequence + about.payloadLength + control) | 0,
    flags: acknowledged ? TcpFlag.rst : TcpFlag.rst | TcpFlag.ack,
    window: 0,
    options: NO_OPTIONS,
  };
  reset.sentAt = namespace.network.simulation.now;
  reset.traced = about.traced & Traced.explained;
  updateIpLength(reset);
  attachConnection(about, reset);
  if (about.netfilter?.connection != null) setClosing(about.netfilter.connection);
  ipLocalOutput(namespace, reset, decision);
}
