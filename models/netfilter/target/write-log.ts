import type { Interface } from '../../netns/interface/interface.ts';
import type { Packet } from '../../packet.ts';
import type { TargetSpec } from '../control-types.ts';
import { logText } from '../log-text.ts';
import type { Netfilter } from '../netfilter.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

/** `-j LOG`. */
export class LogAction implements Action {
  constructor(
    private readonly netfilter: Netfilter,
    private readonly spec: TargetSpec & { target: 'LOG' },
  ) {}

  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): Verdict {
    const { netfilter, spec } = this;
    const { macs } = netfilter.namespace.network;
    const text = spec.prefix + logText(packet, inIface, outIface, macs, spec);
    netfilter.write({ time: netfilter.conntrack.now, level: spec.level, text });
    return Verdict.next;
  }
}

/** `-j NFLOG`. */
export class NflogAction implements Action {
  constructor(
    private readonly netfilter: Netfilter,
    private readonly spec: TargetSpec & { target: 'NFLOG' },
  ) {}

  run(packet: Packet, inIface: Interface | null, outIface: Interface | null): Verdict {
    const { netfilter, spec } = this;
    const { macs } = netfilter.namespace.network;
    const text = spec.prefix + logText(packet, inIface, outIface, macs, {});
    netfilter.write({ time: netfilter.conntrack.now, group: spec.group, text });
    return Verdict.next;
  }
}
