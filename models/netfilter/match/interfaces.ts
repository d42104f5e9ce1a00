import type { Interface } from '../../netns/interface/interface.ts';
import type { Packet } from '../../packet.ts';
import type { InterfaceMatch, PhysdevMatch } from '../control-types.ts';
import type { Matcher } from './matcher.ts';

/** Whether an interface's name fits; one that is not known has an empty name. */
export function isNamed(iface: Interface | null, { name, not }: InterfaceMatch): boolean {
  const own = iface === null ? '' : iface.name;
  const fits = name.endsWith('+') ? own.startsWith(name.slice(0, -1)) : own === name;
  return fits !== (not === true);
}

/** `-m physdev` (Linux `xt_physdev`). */
export class PhysdevMatcher implements Matcher {
  constructor(private readonly spec: PhysdevMatch) {}

  test({ netfilter: state }: Packet): boolean {
    const { spec } = this;
    const inPort = state?.portIn?.iface ?? null;
    const outPort = state?.portOut?.iface ?? null;
    if (inPort === null) return this.testUnbridged();
    if (spec.isBridged !== undefined && (outPort !== null) === (spec.isBridged.not === true)) return false;
    // a packet of a bridge has come in by a port
    if (spec.isIn?.not === true) return false;
    if (spec.isOut !== undefined && (outPort !== null) === (spec.isOut.not === true)) return false;
    if (spec.in !== undefined && !isNamed(inPort, spec.in)) return false;
    return spec.out === undefined || (outPort !== null && isNamed(outPort, spec.out));
  }

  /** What was not bridged fits only what is negated. */
  private testUnbridged(): boolean {
    const { in: inName, out, isIn, isOut, isBridged } = this.spec;
    return [inName, out, isIn, isOut, isBridged].every((one) => one === undefined || one.not === true);
  }
}
