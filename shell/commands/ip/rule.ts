import { CommandFailure } from '../../failure.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import { print } from '../iproute2/output.ts';
import type { IpContext } from './context.ts';
import { parseRule, parseRuleSelection } from './rule-arguments.ts';
import { ruleEntry } from './rule-format.ts';

const USAGE = `Usage: ip rule { add | del } SELECTOR ACTION
       ip rule { flush | list } [ SELECTOR ]
SELECTOR := [ not ] [ from PREFIX ] [ to PREFIX ] [ tos TOS ] [ fwmark FWMARK[/MASK] ]
            [ iif STRING ] [ oif STRING ] [ pref NUMBER ] [ ipproto PROTOCOL ]
            [ sport [ NUMBER | NUMBER-NUMBER ] ] [ dport [ NUMBER | NUMBER-NUMBER ] ]
ACTION := [ table TABLE_ID ] [ protocol PROTO ] [ goto NUMBER ] [ suppress_prefixlength NUMBER ]
          [ nop | blackhole | unreachable | prohibit ]
`;

/** `ip rule` */
export function ipRule(context: IpContext, words: Arguments): number {
  const command = words.done ? 'show' : words.next();
  const keywords = ['list', 'lst', 'show', 'add', 'delete', 'flush', 'help'] as const;
  switch (keywordOf(command, keywords)) {
    case 'list':
    case 'lst':
    case 'show':
      return show(context, words);
    case 'add':
      return add(context, words);
    case 'delete':
      return remove(context, words);
    case 'flush':
      return flush(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "ip rule help".`);
  }
}

function show(context: IpContext, words: Arguments): number {
  const { namespace, options, stdout } = context;
  const selects = parseRuleSelection(words);
  const rules = options.family === 'inet6' ? [] : namespace.rules().filter(selects);
  print(
    stdout,
    options,
    rules.map((rule) => ruleEntry(rule, namespace, options.details)),
  );
  return 0;
}

function add({ namespace }: IpContext, words: Arguments): number {
  const spec = parseRule(words, 'add');
  request(2, () => namespace.addRule(spec));
  return 0;
}

function remove({ namespace }: IpContext, words: Arguments): number {
  const spec = parseRule(words, 'del');
  request(2, () => namespace.deleteRule(spec));
  return 0;
}

/** All rules that are selected, but for those of priority 0: iproute2 does not name a priority that is not told it. */
function flush({ namespace }: IpContext, words: Arguments): number {
  const selects = parseRuleSelection(words);
  const rules = namespace.rules().filter((rule) => rule.priority !== 0 && selects(rule));
  for (const rule of rules) request(2, () => namespace.deleteRule(rule));
  return 0;
}
