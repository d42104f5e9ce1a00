import type { Command } from '../command.ts';
import { NotSupported } from '../failure.ts';

/** The programs of netfilter, none of which has anything to act on yet. */
export function netfilterProgram(name: string): Command {
  return () => {
    throw new NotSupported(name, 'netfilter');
  };
}
