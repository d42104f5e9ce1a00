import type { ConntrackView } from '../../../models/netfilter/control-types.ts';
import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { type ConntrackLine, parseArguments } from './arguments.ts';
import { VERSION } from './errors.ts';
import { passes } from './filter.ts';
import { formatFlow } from './format.ts';

const USAGE = `Command line interface for the connection tracking system. Version 1.4.7
Usage: conntrack [commands] [options]

Commands:
  -L [options]		List connections
  -G parameters		Get a connection
  -D parameters		Delete connections
  -F			Flush table
  -C			Show counter
  -S			Show statistics

Options:
  -s, --src ip  -d, --dst ip  -r, --reply-src ip  -q, --reply-dst ip
  -p, --protonum proto  -f, --family proto  -m, --mark mark  -u, --status status  -w, --zone zone
  -n, --src-nat  -g, --dst-nat  -j, --any-nat  -o, --output extended,id
  --sport, --dport, --reply-port-src, --reply-port-dst, --state, --icmp-type, --icmp-code, --icmp-id
`;

/** conntrack(8) of conntrack-tools 1.4.7: the connections that the simulated node knows. */
export const conntrack: Command = (context, words) => {
  const line = parseArguments(words);
  switch (line.command) {
    case 'list':
      return list(context, line);
    case 'delete':
      return remove(context, line);
    case 'get':
      return get(context, line);
    case 'flush':
      context.namespace.netfilter.flushConntrack();
      context.stderr.write(`${VERSION}: connection tracking table has been emptied.\n`);
      return 0;
    case 'count':
      context.stdout.write(`${context.namespace.netfilter.conntrackEntries().length}\n`);
      return 0;
    case 'statistics':
      return statistics(context);
    case 'version':
      context.stdout.write(`${VERSION}\n`);
      return 0;
    default:
      context.stdout.write(`${USAGE}\n`);
      return 0;
  }
};

function chosen({ namespace }: CommandContext, { filter, ipv4 }: ConntrackLine): ConntrackView[] {
  return ipv4 ? namespace.netfilter.conntrackEntries().filter((flow) => passes(flow, filter)) : [];
}

function print({ stdout }: CommandContext, flows: readonly ConntrackView[], line: ConntrackLine): void {
  stdout.write(flows.map((flow) => `${formatFlow(flow, line)}\n`).join(''));
}

function list(context: CommandContext, line: ConntrackLine): number {
  const flows = chosen(context, line);
  print(context, flows, line);
  context.stderr.write(`${VERSION}: ${flows.length} flow entries have been shown.\n`);
  return 0;
}

function remove(context: CommandContext, line: ConntrackLine): number {
  const flows = chosen(context, line);
  print(context, flows, line);
  const doomed = new Set(flows.map(({ id }) => id));
  context.namespace.netfilter.deleteConntrack(({ id }) => doomed.has(id));
  context.stderr.write(`${VERSION}: ${flows.length} flow entries have been deleted.\n`);
  return flows.length === 0 ? 1 : 0;
}

function get(context: CommandContext, line: ConntrackLine): number {
  const flows = chosen(context, line).slice(0, 1);
  if (flows.length === 0) {
    throw new CommandFailure(`${VERSION}: Operation failed: such conntrack doesn't exist\n`, 1);
  }
  print(context, flows, line);
  context.stderr.write(`${VERSION}: 1 flow entries have been shown.\n`);
  return 0;
}

function statistics({ namespace, stdout }: CommandContext): number {
  const counted = namespace.netfilter.conntrackStatistics();
  stdout.write(
    `cpu=0   \tfound=${counted.found} invalid=${counted.invalid} insert=${counted.insert} ` +
      `insert_failed=${counted.insertFailed} drop=${counted.drop} early_drop=${counted.earlyDrop} ` +
      'error=0 search_restart=0 clash_resolve=0 chaintoolong=0 \n',
  );
  return 0;
}
