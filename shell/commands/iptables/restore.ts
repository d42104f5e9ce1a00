import {
  BUILT_IN_CHAINS,
  type ChainView,
  type Counters,
  type HookName,
  type NetfilterControl,
  TABLE_NAMES,
  type TableName,
} from '../../../models/netfilter/control-types.ts';
import type { Command, CommandContext } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { parameterProblem, refusal, type Where, XtablesError } from './errors.ts';
import { lineOptions, withErrors } from './index.ts';
import { splitLine } from './split-line.ts';
import { carryOut, isPolicy } from './tables.ts';

const PROGRAM = 'iptables-restore';

interface Options {
  /** `-n`: what is there stays. */
  noFlush: boolean;
  /** `-c`: counters are taken over. */
  counters: boolean;
  /** `-t`: nothing is changed. */
  test: boolean;
  /** `-T`: other tables are passed over. */
  table?: string;
}

/** A change that waits for COMMIT, with the line it stands on. */
interface Change {
  line: number;
  apply(): string;
}

/** `iptables-restore [-n] [-c] [-t] [-T TABLE]`: each table changes as a whole at its COMMIT, or not at all. */
export function iptablesRestore(version: string): Command {
  return (context, words) => {
    const options = parseOptions(words);
    if (options === 'version') {
      context.stdout.write(`${PROGRAM} ${version}\n`);
      return 0;
    }
    new Restore(context, version, options).run();
    return 0;
  };
}

class Restore {
  private table: TableName | undefined;
  private skipping = false;
  private changes: Change[] = [];
  /** The chains that there will be in the table. */
  private chains = new Set<string>();
  /** Those that rules name; looked for at COMMIT, because they may be made after the rule. */
  private jumps: string[] = [];
  private number = 0;
  private readonly netfilter: NetfilterControl;

  constructor(
    private readonly context: CommandContext,
    private readonly version: string,
    private readonly options: Options,
  ) {
    this.netfilter = context.namespace.netfilter;
  }

  run(): void {
    const lines = this.context.stdin.split('\n');
    if (lines.at(-1) === '') lines.pop();
    for (const text of lines) {
      this.number++;
      withErrors(this.where(), () => this.line(text));
    }
    if (this.table !== undefined) {
      throw new CommandFailure(`${PROGRAM}: COMMIT expected at line ${this.number + 1}\n`, 1);
    }
  }

  private where(line = this.number): Where {
    return { program: PROGRAM, version: this.version, line };
  }

  private line(text: string): void {
    if (text === '' || text.startsWith('#')) return;
    if (text.startsWith('*') && this.table === undefined && !this.skipping) this.begin(text.slice(1).trim());
    else if (text.trim() === 'COMMIT' && this.skipping) this.skipping = false;
    else if (this.skipping) return;
    else if (this.table === undefined) throw failed(this.number);
    else if (text.trim() === 'COMMIT') this.commit();
    else if (text.startsWith(':')) this.chainLine(this.table, text.slice(1));
    else this.ruleLine(this.table, text);
  }

  private begin(name: string): void {
    const table = TABLE_NAMES.find((candidate) => candidate === name);
    if (table === undefined) {
      throw parameterProblem(`${PROGRAM}: line ${this.number} table name '${name}' invalid`);
    }
    if (this.options.table !== undefined && this.options.table !== table) {
      this.skipping = true;
      return;
    }
    this.table = table;
    this.changes = [];
    this.jumps = [];
    const { noFlush } = this.options;
    const before = this.netfilter.chains(table).map((chain) => chain.name);
    this.chains = new Set(noFlush ? before : BUILT_IN_CHAINS[table]);
    if (!noFlush) {
      this.change(() => {
        emptyTable(this.netfilter, table);
        return '';
      });
    }
  }

  private change(apply: () => string): void {
    this.changes.push({ line: this.number, apply });
  }

  /** `:CHAIN POLICY [packets:bytes]`; a chain of users is made, or emptied if it is there. */
  private chainLine(table: TableName, text: string): void {
    const [chain, policy, countersText] = text.split(/\s+/);
    if (!chain) throw parameterProblem(`${PROGRAM}: line ${this.number} chain name invalid`);
    if (!policy) throw parameterProblem(`${PROGRAM}: line ${this.number} policy invalid`);
    const counters = this.options.counters ? parseCounters(countersText) : undefined;
    if (BUILT_IN_CHAINS[table].includes(chain as HookName)) {
      if (policy === '-') return;
      if (!isPolicy(policy)) throw refusal('Bad policy name.');
      this.change(() => {
        this.netfilter.setPolicy(table, chain, policy, counters);
        return '';
      });
      return;
    }
    this.chains.add(chain);
    this.change(() => {
      if (this.netfilter.chain(table, chain) === undefined) this.netfilter.newChain(table, chain);
      else this.netfilter.flushChain(table, chain);
      return '';
    });
  }

  /** `[packets:bytes] -A CHAIN ...`, or any other command of iptables. */
  private ruleLine(table: TableName, text: string): void {
    const counters = /^\[(\d+:\d+)\]\s*/.exec(text);
    const words = splitLine(`${counters === null ? text : text.slice(counters[0].length)}\n`);
    const options = {
      ...lineOptions(this.context),
      table,
      chainExists: (_table: TableName, chain: string) => {
        this.jumps.push(chain);
        return true;
      },
    };
    const line = parseCommandLine(words, options);
    if (typeof line === 'string') return;
    this.context.stderr.write(line.warnings);
    this.follow(line);
    const taken = this.options.counters && counters !== null ? parseCounters(`[${counters[1]}]`) : undefined;
    this.change(() => carryOut(this.netfilter, { ...line, counters: taken ?? line.counters }));
  }

  private follow({ command, chain, name }: CommandLine): void {
    if (command === 'new-chain') this.chains.add(chain!);
    else if (command === 'rename-chain') this.chains.add(name!);
  }

  private commit(): void {
    const table = this.table!;
    const missing = this.jumps.find((chain) => !this.chains.has(chain));
    if (missing !== undefined) throw parameterProblem(`Chain '${missing}' does not exist`);
    this.table = undefined;
    if (this.options.test) return;
    const before = this.netfilter.chains(table);
    let output = '';
    let line = this.number;
    try {
      for (const change of this.changes) {
        line = change.line;
        output += change.apply();
      }
    } catch (error) {
      if (!(error instanceof XtablesError)) throw error;
      rebuild(this.netfilter, table, before);
      throw withErrors(this.where(line), () => {
        throw error;
      });
    }
    this.context.stdout.write(output);
  }
}

function failed(line: number): CommandFailure {
  return new CommandFailure(`${PROGRAM}: line ${line} failed\n`, 1);
}

/** `[1:2]` */
function parseCounters(text: string | undefined): Counters | undefined {
  const match = /^\[(\d+):(\d+)\]$/.exec(text ?? '');
  return match === null ? undefined : { packets: Number(match[1]), bytes: Number(match[2]) };
}

function emptyTable(netfilter: NetfilterControl, table: TableName): void {
  netfilter.flushChain(table);
  netfilter.deleteChain(table);
  for (const chain of BUILT_IN_CHAINS[table]) netfilter.setPolicy(table, chain, 'ACCEPT');
}

/** Puts a table back as it was. */
function rebuild(netfilter: NetfilterControl, table: TableName, chains: readonly ChainView[]): void {
  emptyTable(netfilter, table);
  for (const { name, policy, packets, bytes } of chains) {
    if (policy === undefined) netfilter.newChain(table, name);
    else netfilter.setPolicy(table, name, policy, packets === 0 ? undefined : { packets, bytes });
  }
  for (const { name, rules } of chains) {
    for (const rule of rules) netfilter.appendRule(table, name, rule, rule);
  }
}

const FLAGS: Readonly<Record<string, keyof Options | 'ignored' | 'ignored-value' | 'version'>> = {
  '-n': 'noFlush',
  '--noflush': 'noFlush',
  '-c': 'counters',
  '--counters': 'counters',
  '-t': 'test',
  '--test': 'test',
  '-T': 'table',
  '--table': 'table',
  '-v': 'ignored',
  '--verbose': 'ignored',
  '-w': 'ignored-value',
  '--wait': 'ignored-value',
  '-W': 'ignored-value',
  '--wait-interval': 'ignored-value',
  '-V': 'version',
  '--version': 'version',
};

function parseOptions(words: readonly string[]): Options | 'version' {
  const options: Options = { noFlush: false, counters: false, test: false };
  for (let at = 0; at < words.length; at++) {
    const [word, attached] = words[at].split('=', 2);
    const flag = FLAGS[word];
    if (flag === 'version') return 'version';
    if (flag === 'table') options.table = attached ?? words[++at];
    else if (flag === 'ignored-value') {
      if (attached === undefined && /^\d/.test(words[at + 1] ?? '')) at++;
    } else if (flag === undefined) {
      if (word.startsWith('-')) throw unrecognized(word);
      throw new CommandFailure(`Unknown arguments found on commandline\n`, 1);
    } else if (flag !== 'ignored') options[flag] = true;
  }
  return options;
}

function unrecognized(word: string): CommandFailure {
  const what = word.startsWith('--') ? `unrecognized option '${word}'` : `invalid option -- '${word[1]}'`;
  return new CommandFailure(`${PROGRAM}: ${what}\nTry \`${PROGRAM} -h' for more information.\n`, 1);
}
