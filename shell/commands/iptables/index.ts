import type { TableName } from '../../../models/netfilter/control-types.ts';
import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { type CommandLine, type Information, type LineOptions, parseCommandLine } from './command-line.ts';
import { errorText, type Where, XtablesError } from './errors.ts';
import { carryOut } from './tables.ts';

const USAGE = `Usage: iptables -[ACD] chain rule-specification [options]
       iptables -I chain [rulenum] rule-specification [options]
       iptables -R chain rulenum rule-specification [options]
       iptables -D chain rulenum [options]
       iptables -[LS] [chain [rulenum]] [options]
       iptables -[FZ] [chain] [options]
       iptables -[NX] chain
       iptables -E old-chain-name new-chain-name
       iptables -P chain target [options]
`;

/**
 * iptables(8) of iptables 1.8.9: the rules of the simulated node.
 * @param version with the variant, `v1.8.9 (nf_tables)`
 */
export function iptables(version: string): Command {
  return (context, words) => {
    const where: Where = { program: 'iptables', version };
    const line = withErrors(where, () => parseCommandLine(words, lineOptions(context)));
    if (typeof line === 'string') return inform(context, line, version);
    context.stderr.write(line.warnings);
    context.stdout.write(withErrors(where, () => carryOut(context.namespace.netfilter, line)));
    return 0;
  };
}

/** What a line of iptables needs to know of the node. */
export function lineOptions({ namespace, hosts }: CommandContext): LineOptions {
  const { netfilter } = namespace;
  return {
    hosts,
    hasSet: (name) => netfilter.set(name) !== undefined,
    chainExists: (table: TableName, chain: string) => netfilter.chain(table, chain) !== undefined,
  };
}

/** Turns what iptables complains about into the text and status of the command. */
export function withErrors<Result>(where: Where, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof XtablesError)) throw error;
    throw new CommandFailure(errorText(error, where), error.status);
  }
}

function inform({ stdout }: CommandContext, what: Information, version: string): number {
  stdout.write(what === 'version' ? `iptables ${version}\n` : `iptables ${version}\n\n${USAGE}`);
  return 0;
}

export type { CommandLine };
