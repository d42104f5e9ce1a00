import type { Packet } from '../../packet.ts';
import type { TargetSpec } from '../control-types.ts';
import { filterState } from '../filter-state.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

/** `-j MARK --set-xmark value/mask`. */
export class MarkAction implements Action {
  constructor(
    private readonly value: number,
    private readonly mask: number,
  ) {}

  run(packet: Packet): Verdict {
    const state = filterState(packet);
    state.mark = ((state.mark & ~this.mask) ^ this.value) >>> 0;
    return Verdict.next;
  }
}

/** `-j CONNMARK` (Linux `xt_connmark`). */
export class ConnmarkAction implements Action {
  constructor(private readonly spec: TargetSpec & { target: 'CONNMARK' }) {}

  run(packet: Packet): Verdict {
    const { spec } = this;
    const state = packet.netfilter;
    const connection = state?.connection ?? null;
    if (state === null || connection === null) return Verdict.next;
    if (spec.mode === 'set') connection.mark = ((connection.mark & ~spec.mask) ^ spec.value) >>> 0;
    else if (spec.mode === 'save') {
      connection.mark = ((connection.mark & ~spec.ctMask) ^ (state.mark & spec.mask)) >>> 0;
    } else state.mark = ((state.mark & ~spec.mask) ^ (connection.mark & spec.ctMask)) >>> 0;
    return Verdict.next;
  }
}
