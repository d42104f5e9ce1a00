import type { Packet } from '../../packet.ts';
import { Info } from '../connection.ts';
import { filterState } from '../filter-state.ts';
import type { Action } from '../rule.ts';
import { Verdict } from '../verdict.ts';

/** `-j CT`, in the raw table: before the packet's connection is looked up (Linux `xt_CT`). */
export class CtAction implements Action {
  constructor(
    private readonly notrack: boolean,
    private readonly zone: number,
  ) {}

  run(packet: Packet): Verdict {
    const state = filterState(packet);
    if (state.connection !== null) return Verdict.next;
    if (this.notrack) state.info = Info.untracked;
    else state.zone = this.zone;
    return Verdict.next;
  }
}
