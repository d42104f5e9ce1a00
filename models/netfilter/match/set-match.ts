import type { Packet } from '../../packet.ts';
import type { SetMatch } from '../control-types.ts';
import type { SetSlot } from '../ip-set-control.ts';
import type { Matcher } from './matcher.ts';

/** `-m set --match-set`. */
export class SetMatcher implements Matcher {
  constructor(
    private readonly spec: SetMatch,
    private readonly slot: SetSlot,
    private readonly clock: { readonly now: number },
  ) {}

  test(packet: Packet): boolean {
    const { directions, not, returnNomatch } = this.spec;
    const found = this.slot.set.matches(packet, directions, this.clock.now, returnNomatch === true);
    return found !== (not === true);
  }
}
