import type { Packet } from '../../packet.ts';
import type { TargetSpec } from '../control-types.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

/** `-j MARK --set-xmark value/mask`. */
export class MarkAction implements Action {
  constructor(
    private readonly value: number,
    private readonly mask: number,
  ) {}

  run(packet: Packet): Verdict {
    packet.mark = ((packet.mark & ~this.mask) ^ this.value) >>> 0;
    return Verdict.next;
  }
}

/** `-j CONNMARK` (Linux `xt_connmark`). */
export class ConnmarkAction implements Action {
  constructor(private readonly spec: TargetSpec & { target: 'CONNMARK' }) {}

  run(packet: Packet): Verdict {
    const { spec } = this;
    const connection = packet.netfilter?.connection ?? null;
    if (connection === null) return Verdict.next;
    if (spec.mode === 'set') connection.mark = ((connection.mark & ~spec.mask) ^ spec.value) >>> 0;
    else if (spec.mode === 'save') {
      connection.mark = ((connection.mark & ~spec.ctMask) ^ (packet.mark & spec.mask)) >>> 0;
    } else packet.mark = ((packet.mark & ~spec.mask) ^ (connection.mark & spec.ctMask)) >>> 0;
    return Verdict.next;
  }
}
