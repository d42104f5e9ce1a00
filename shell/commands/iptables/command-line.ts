import {
  type Counters,
  type RuleSpec,
  TABLE_NAMES,
  type TableName,
} from '../../../models/netfilter/control-types.ts';
import type { Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { BASE_OPTIONS, COMMAND_LETTERS, type Command, INVERTIBLE, illegalOption } from './command-options.ts';
import { parameterProblem, XtablesError } from './errors.ts';
import { Getopt, type Option, type Token } from './getopt.ts';
import { type ExtensionOption, RuleBuilder, type Surroundings } from './rule-builder.ts';
import { TARGETS, UNMODELLED_TARGETS } from './targets/index.ts';
import { parseNumber } from './values.ts';

/** A line of iptables, read and checked as far as it can be without the tables. */
export interface CommandLine {
  table: TableName;
  command: Command;
  chain?: string;
  /** The second name of -E, the policy of -P. */
  name?: string;
  /** Of a rule, from 1. */
  number?: number;
  /** One for each pair of addresses. */
  rules: RuleSpec[];
  counters?: Counters;
  verbose: boolean;
  numeric: boolean;
  exact: boolean;
  lineNumbers: boolean;
  /** `-L -Z`: counters are zeroed after they were shown. */
  zero: boolean;
  /** Names for addresses, for lists without `-n`. */
  hosts: ReadonlyMap<string, Ipv4Address>;
  /** What is said to standard error without anything being wrong. */
  warnings: string;
}

export interface LineOptions extends Surroundings {
  /** The table that iptables-restore is in; `-t` is refused there. */
  table?: TableName;
  chainExists(table: TableName, chain: string): boolean;
}

/** What the line asks for instead of doing something. */
export type Information = 'version' | 'help';

const CHAIN_NAME_LENGTH = 29;
const RULE_COMMANDS: readonly Command[] = ['append', 'insert', 'replace', 'delete', 'check'];

/** @throws XtablesError */
export function parseCommandLine(words: readonly string[], options: LineOptions): CommandLine | Information {
  return new CommandLineParser(words, options).parse();
}

type Id = string | ExtensionOption;

class CommandLineParser {
  private readonly getopt: Getopt;
  private readonly rule: RuleBuilder;
  private readonly given = new Set<string>();
  private readonly line: Omit<CommandLine, 'command'> & { command?: Command };
  /** The letter of the command, for complaints. */
  private letter = '';
  private not = false;
  private information: Information | undefined;

  constructor(
    words: readonly string[],
    private readonly options: LineOptions,
  ) {
    this.getopt = new Getopt(words);
    this.rule = new RuleBuilder(options);
    this.line = {
      table: options.table ?? 'filter',
      rules: [],
      verbose: false,
      numeric: false,
      exact: false,
      lineNumbers: false,
      zero: false,
      hosts: options.hosts,
      warnings: '',
    };
  }

  parse(): CommandLine | Information {
    for (;;) {
      const token = this.next();
      if (token === undefined) break;
      if ('word' in token) {
        this.word(token.word);
        continue;
      }
      const { id } = token.option;
      if (typeof id === 'string') this.baseOption(id, token.value);
      else this.extensionOption(id, token.value);
      if (this.information !== undefined) return this.information;
      this.not = false;
    }
    return this.check();
  }

  private next(): Token<Id> | undefined {
    const known = (): Option<Id>[] => [...BASE_OPTIONS, ...this.rule.options()];
    return this.getopt.next<Id>(known, () => this.rule.loadProtocolMatch());
  }

  private word(word: string): void {
    if (word !== '!') throw new XtablesError('argument', word);
    if (this.not) throw parameterProblem('multiple consecutive ! not allowed');
    this.not = true;
  }

  private extensionOption(option: ExtensionOption, value = ''): void {
    let second = '';
    if (option.definition.words === 2) {
      const word = this.getopt.operand();
      if (word === undefined) throw parameterProblem(`--${option.definition.name} requires two args.`);
      second = word;
    }
    this.rule.addOption(option, { not: this.not, value, second });
  }

  private baseOption(letter: string, value: string | undefined): void {
    const command = COMMAND_LETTERS.get(letter);
    if (command !== undefined) this.command(command, letter, value);
    else if ('sdpiofjgnxc0'.includes(letter)) this.ruleOption(letter, value ?? '');
    else this.otherOption(letter, value);
  }

  private command(command: Command, letter: string, value: string | undefined): void {
    if (this.not) throw parameterProblem("unexpected '!' flag");
    const { line, getopt } = this;
    if (line.command !== undefined && !this.combine(command, letter)) return;
    line.command = command;
    this.letter = letter;
    line.chain = value ?? getopt.operand() ?? line.chain;
    if (letter === 'I' || 'DLSZ'.includes(letter)) {
      const number = line.chain === undefined ? undefined : getopt.operand();
      if (number !== undefined) line.number = ruleNumber(number);
      if (letter === 'D' && number !== undefined) line.command = 'delete-number';
      if (letter === 'Z' && number !== undefined) line.command = 'zero-number';
    } else if (letter === 'R') {
      line.number = ruleNumber(this.operand('-R requires a rule number'));
    } else if (letter === 'E') {
      line.name = this.operand('-E requires old-chain-name and new-chain-name');
      checkChainName(line.name);
    } else if (letter === 'P') {
      line.name = this.operand('-P requires a chain and a policy');
    } else if (letter === 'N') checkChainName(line.chain!);
  }

  /** `-Z` goes with `-L` and `-S`, in either order; answers whether the new command takes the place of the old. */
  private combine(command: Command, letter: string): boolean {
    const { line } = this;
    const lists: (Command | undefined)[] = ['list', 'list-rules'];
    if (command === 'zero' && lists.includes(line.command)) {
      line.zero = true;
      return false;
    }
    if (line.command === 'zero' && lists.includes(command)) {
      line.zero = true;
      return true;
    }
    throw parameterProblem(`Cannot use -${letter} with -${this.letter}`);
  }

  private operand(complaint: string): string {
    const word = this.getopt.operand();
    if (word === undefined) throw parameterProblem(complaint);
    return word;
  }

  private ruleOption(letter: string, value: string): void {
    const key = letter === 'g' ? 'j' : letter;
    if (this.given.has(key)) throw parameterProblem(`multiple -${key} flags not allowed`);
    if (this.not && !INVERTIBLE.includes(letter)) throw parameterProblem(`cannot have ! before -${key}`);
    this.given.add(key);
    const { rule, line, not } = this;
    if (letter === 's') rule.setAddresses('source', value, not);
    else if (letter === 'd') rule.setAddresses('destination', value, not);
    else if (letter === 'p') rule.setProtocol(value, not);
    else if (letter === 'i') line.warnings += rule.setInterface('inInterface', value, not);
    else if (letter === 'o') line.warnings += rule.setInterface('outInterface', value, not);
    else if (letter === 'f') rule.setFragment(not);
    else if (letter === 'g') rule.setJump(checkTargetName(value), true);
    // xtables looks at the word itself, so that -jACCEPT and --jump=ACCEPT are names of chains
    else if (letter === 'j') rule.setJump(checkTargetName(this.getopt.last), false);
    else if (letter === 'n') line.numeric = true;
    else if (letter === 'x') line.exact = true;
    else if (letter === '0') line.lineNumbers = true;
    else line.counters = this.counters(value);
  }

  private counters(value: string): Counters {
    const [packets, bytes = this.operand('-c requires packet and byte counter')] = value.split(',');
    if (!/^\d+$/.test(packets)) throw parameterProblem('-c packet counter not numeric');
    if (!/^\d+$/.test(bytes)) throw parameterProblem('-c byte counter not numeric');
    return { packets: Number(packets), bytes: Number(bytes) };
  }

  private otherOption(letter: string, value: string | undefined): void {
    if (letter === 'm') {
      if (this.not) throw parameterProblem('unexpected ! flag before --match');
      this.rule.loadMatch(value!);
    } else if (letter === 't') this.table(value!);
    else if (letter === 'v') {
      this.line.verbose = true;
      this.given.add('v');
    } else if (letter === 'w') {
      if (value === undefined) this.getopt.operand();
    } else if (letter === 'W') {
      if (value === undefined) this.getopt.operand();
      this.line.warnings += 'Ignoring deprecated --wait-interval option.\n';
    } else if (letter === 'V') this.information = 'version';
    else if (letter === 'h') this.information = 'help';
    else if (letter === '6') throw new XtablesError('help', '');
  }

  private table(name: string): void {
    if (this.not) throw parameterProblem('unexpected ! flag before --table');
    if (this.options.table !== undefined) {
      throw parameterProblem('The -t option cannot be used in iptables-restore.\n');
    }
    const table = TABLE_NAMES.find((candidate) => candidate === name);
    if (table === undefined) throw new XtablesError('version', `table '${name}' does not exist`);
    this.line.table = table;
  }

  /** What can be said only when the whole line was read, in iptables' order. */
  private check(): CommandLine {
    const { line, rule } = this;
    if (line.table === 'nat' && (line.name === 'DROP' || rule.jump === 'DROP')) {
      throw parameterProblem(
        '\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n',
      );
    }
    rule.buildExtensions(line.table);
    const { command } = line;
    if (command === undefined) throw parameterProblem('no command specified');
    if (this.not) throw parameterProblem('nothing appropriate following !');
    const illegal = illegalOption(command, this.given);
    if (illegal !== undefined) throw parameterProblem(`Illegal option \`-${illegal}' with this command`);
    if (RULE_COMMANDS.includes(command)) this.checkRule();
    return { ...line, command };
  }

  private checkRule(): void {
    const { line, rule, given } = this;
    const chain = line.chain!;
    if (chain.length >= CHAIN_NAME_LENGTH) throw tooLong(chain);
    if (given.has('o') && (chain === 'PREROUTING' || chain === 'INPUT')) {
      throw parameterProblem(`Can't use -o with ${chain}\n`);
    }
    if (given.has('i') && (chain === 'POSTROUTING' || chain === 'OUTPUT')) {
      throw parameterProblem(`Can't use -i with ${chain}\n`);
    }
    line.rules = rule.rules();
    if (line.command === 'replace' && line.rules.length > 1) {
      throw parameterProblem('Replacement rule does not specify a unique address');
    }
    if (rule.chain !== undefined && !this.options.chainExists(line.table, rule.chain)) {
      throw parameterProblem(`Chain '${rule.chain}' does not exist`);
    }
  }
}

function ruleNumber(text: string): number {
  const number = parseNumber(text, 0x7fffffff, 1);
  if (number === undefined) throw parameterProblem(`Invalid rule number \`${text}'`);
  return number;
}

function checkTargetName(name: string): string {
  if (name === '') throw parameterProblem('Invalid target name (too short)');
  if (name.length >= CHAIN_NAME_LENGTH) {
    throw parameterProblem(`Invalid target name \`${name}' (${CHAIN_NAME_LENGTH - 1} chars max)`);
  }
  if (/\s/.test(name)) throw parameterProblem(`Invalid target name \`${name}'`);
  return name;
}

function tooLong(name: string): XtablesError {
  return parameterProblem(`chain name \`${name}' too long (must be under ${CHAIN_NAME_LENGTH} chars)`);
}

function checkChainName(name: string): void {
  if (name.length >= CHAIN_NAME_LENGTH) throw tooLong(name);
  if (/^[-!]/.test(name)) throw parameterProblem(`chain name not allowed to start with \`${name[0]}'`);
  if (TARGETS.has(name) || UNMODELLED_TARGETS.has(name)) {
    throw parameterProblem('chain name may not clash with target name');
  }
  if (/\s/.test(name)) throw parameterProblem(`Invalid chain name \`${name}'`);
}
