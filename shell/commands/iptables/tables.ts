import {
  BUILT_IN_CHAINS,
  type ChainView,
  type HookName,
  type NetfilterControl,
  type Policy,
  type TableName,
} from '../../../models/netfilter/control-types.ts';
import { ControlError, errnoText } from '../../../models/netns/control-error.ts';
import type { CommandLine } from './command-line.ts';
import { refusal, XtablesError } from './errors.ts';
import { listChain } from './list.ts';
import { echoRule, listRule } from './list-rule.ts';
import { listRules } from './list-rules.ts';
import { saveRule } from './save-rule.ts';

const NO_CHAIN = 'No chain/target/match by that name.';
const NO_RULE = 'Bad rule (does a matching rule exist in that chain?).';

/** Does what a line of iptables says; answers what it prints. */
export function carryOut(netfilter: NetfilterControl, line: CommandLine): string {
  switch (line.command) {
    case 'append':
    case 'insert':
    case 'replace':
      return putRules(netfilter, line);
    case 'delete':
    case 'check':
      return findRules(netfilter, line);
    case 'delete-number':
      return deleteByNumber(netfilter, line);
    case 'list':
    case 'list-rules':
      return list(netfilter, line);
    case 'flush':
    case 'zero':
    case 'zero-number':
      return clear(netfilter, line);
    case 'new-chain':
      return newChain(netfilter, line);
    case 'delete-chain':
      return deleteChain(netfilter, line);
    case 'rename-chain':
      return renameChain(netfilter, line);
    case 'policy':
      return setPolicy(netfilter, line);
  }
}

/** The kernel's refusal, as nft's error callback words it. */
function kernel(error: unknown, what: string, object: string): XtablesError {
  if (!(error instanceof ControlError)) throw error;
  return new XtablesError('kernel', `${what} failed (${errnoText(error.errno)}): ${object}`);
}

function needChain(netfilter: NetfilterControl, table: TableName, name: string): ChainView {
  const chain = netfilter.chain(table, name);
  if (chain === undefined) throw refusal(NO_CHAIN);
  return chain;
}

function putRules(netfilter: NetfilterControl, line: CommandLine): string {
  const { table, command, rules, counters } = line;
  const chain = line.chain!;
  const { rules: before } = needChain(netfilter, table, chain);
  const number = line.number ?? 1;
  if (command === 'insert' && number > before.length + 1) throw refusal('Index of insertion too big.');
  if (command === 'replace' && number > before.length) throw refusal('Index of replacement too big.');
  try {
    for (const rule of rules) {
      if (command === 'append') netfilter.appendRule(table, chain, rule, counters);
      else if (command === 'insert') netfilter.insertRule(table, chain, rule, number, counters);
      else netfilter.replaceRule(table, chain, number, rule, counters);
    }
  } catch (error) {
    const what = { append: 'RULE_APPEND', insert: 'RULE_INSERT', replace: 'RULE_REPLACE' }[
      command as 'append'
    ];
    throw kernel(error, what, `rule in chain ${chain}`);
  }
  return echo(line);
}

function findRules(netfilter: NetfilterControl, line: CommandLine): string {
  const { table, command, rules } = line;
  const chain = line.chain!;
  const exists = netfilter.chain(table, chain) !== undefined;
  if (!exists || !rules.every((rule) => netfilter.hasRule(table, chain, rule))) throw refusal(NO_RULE);
  if (command === 'delete') for (const rule of rules) netfilter.deleteRule(table, chain, rule);
  return echo(line);
}

function echo({ verbose, rules }: CommandLine): string {
  if (!verbose) return '';
  return rules.map((rule) => echoRule({ matches: [], packets: 0, bytes: 0, ...rule })).join('');
}

function deleteByNumber(netfilter: NetfilterControl, { table, chain, number }: CommandLine): string {
  const { rules } = needChain(netfilter, table, chain!);
  if (number! > rules.length) throw refusal('Index of deletion too big.');
  netfilter.deleteRule(table, chain!, number!);
  return '';
}

/** `-L`, `-S`: of one chain or all. */
function list(netfilter: NetfilterControl, line: CommandLine): string {
  const { table, number } = line;
  const chains = line.chain === undefined ? netfilter.chains(table) : [listedChain(netfilter, line)];
  const text = line.command === 'list' ? listed(chains, line) : savedRules(chains, line);
  if (line.zero) netfilter.zeroCounters(table, line.chain, number);
  return text;
}

function listedChain(netfilter: NetfilterControl, { table, chain }: CommandLine): ChainView {
  const view = netfilter.chain(table, chain!);
  if (view !== undefined) return view;
  throw new XtablesError('absent', `chain \`${chain}' in table \`${table}' is incompatible, use 'nft' tool.`);
}

function listed(chains: readonly ChainView[], line: CommandLine): string {
  if (line.number === undefined) return chains.map((chain) => listChain(chain, line)).join('\n');
  const rule = chains[0].rules[line.number - 1];
  return rule === undefined ? '' : listRule(rule, line.number, line);
}

function savedRules(chains: readonly ChainView[], { number, verbose }: CommandLine): string {
  if (number === undefined) return listRules(chains, verbose);
  const rules = chains[0].rules.slice(number - 1, number);
  return rules.map((rule) => `${saveRule(chains[0].name, rule, verbose ? rule : undefined)}\n`).join('');
}

function clear(netfilter: NetfilterControl, { table, command, chain, number, verbose }: CommandLine): string {
  if (chain !== undefined) needChain(netfilter, table, chain);
  const names = chain === undefined ? netfilter.chains(table).map(({ name }) => name) : [chain];
  if (command === 'flush') netfilter.flushChain(table, chain);
  else if (number === undefined) netfilter.zeroCounters(table, chain);
  else if (number <= needChain(netfilter, table, chain!).rules.length) {
    netfilter.zeroCounters(table, chain, number);
  }
  if (!verbose || command === 'zero-number') return '';
  const verb = command === 'flush' ? 'Flushing' : 'Zeroing';
  return names.map((name) => `${verb} chain \`${name}'\n`).join('');
}

function newChain(netfilter: NetfilterControl, { table, chain }: CommandLine): string {
  if (netfilter.chain(table, chain!) !== undefined) throw refusal('Chain already exists.');
  netfilter.newChain(table, chain!);
  return '';
}

/** All of them or none. */
function deleteChain(netfilter: NetfilterControl, { table, chain, verbose }: CommandLine): string {
  const doomed =
    chain === undefined
      ? netfilter.chains(table).filter(({ policy }) => policy === undefined)
      : [needChain(netfilter, table, chain)];
  for (const { name, policy, references, rules } of doomed) {
    if (policy !== undefined) throw refusal(rules.length > 0 ? 'Directory not empty.' : NO_CHAIN);
    if (references > 0 || rules.length > 0) {
      throw kernel(new ControlError('EBUSY'), 'CHAIN_DEL', `chain ${name}`);
    }
  }
  for (const { name } of doomed) netfilter.deleteChain(table, name);
  return verbose ? doomed.map(({ name }) => `Deleting chain \`${name}'\n`).join('') : '';
}

function renameChain(netfilter: NetfilterControl, { table, chain, name }: CommandLine): string {
  needChain(netfilter, table, chain!);
  if (netfilter.chain(table, name!) !== undefined) throw refusal('File exists.');
  try {
    netfilter.renameChain(table, chain!, name!);
  } catch (error) {
    throw kernel(error, 'CHAIN_RENAME', `chain ${name}`);
  }
  return '';
}

function setPolicy(netfilter: NetfilterControl, { table, chain, name, counters }: CommandLine): string {
  if (!BUILT_IN_CHAINS[table].includes(chain as HookName)) throw refusal('Bad built-in chain name.');
  if (!isPolicy(name!)) throw refusal("Bad policy name. Run `dmesg' for more information.");
  netfilter.setPolicy(table, chain!, name, counters);
  return '';
}

export function isPolicy(name: string): name is Policy {
  return name === 'ACCEPT' || name === 'DROP';
}
