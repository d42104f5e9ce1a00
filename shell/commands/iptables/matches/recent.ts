import type { RecentMatch } from '../../../../models/netfilter/control-types.ts';
import { formatIpv4 } from '../../../../models/wire/ipv4-address.ts';
import { parameterProblem } from '../errors.ts';
import { bang, type GivenOptions, type MatchExtension, negation, type RuleContext } from '../extension.ts';
import { ALL_ONES, hostOption, integerOption } from '../values.ts';

const COMMANDS = ['set', 'rcheck', 'update', 'remove'] as const;
const WORDS = { set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE' } as const;

/** `-m recent` */
export const recent: MatchExtension<'recent'> = {
  name: 'recent',
  options: [
    ...COMMANDS.map((name) => ({
      name,
      words: 0 as const,
      invertible: true,
      excludes: COMMANDS.filter((other) => other !== name),
    })),
    { name: 'seconds' },
    { name: 'reap', words: 0 },
    { name: 'hitcount' },
    { name: 'rttl', words: 0 },
    { name: 'name' },
    { name: 'rsource', words: 0, repeatable: true },
    { name: 'rdest', words: 0, repeatable: true },
    { name: 'mask' },
  ],

  build(given, context) {
    const command = COMMANDS.find((name) => given.has(name));
    if (command === undefined) {
      throw parameterProblem("recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'");
    }
    return {
      match: 'recent',
      command,
      name: given.get('name')?.value ?? 'DEFAULT',
      side: given.has('rdest') ? 'destination' : 'source',
      mask: mask(given, context),
      ...limits(given),
      ...negation(given.get(command)!),
    };
  },

  list: (spec) => {
    const side = ` name: ${spec.name} side: ${spec.side === 'source' ? 'source' : 'dest'}`;
    return (
      `${bang(spec)} recent: ${WORDS[spec.command]}` +
      (spec.seconds === undefined ? '' : ` seconds: ${spec.seconds}`) +
      (spec.reap === true ? ' reap' : '') +
      (spec.hitcount === undefined ? '' : ` hit_count: ${spec.hitcount}`) +
      (spec.sameTtl === true ? ' TTL-Match' : '') +
      `${side} mask: ${formatIpv4(spec.mask)}`
    );
  },

  save: (spec) =>
    `${bang(spec)} --${spec.command}` +
    (spec.seconds === undefined ? '' : ` --seconds ${spec.seconds}`) +
    (spec.reap === true ? ' --reap' : '') +
    (spec.hitcount === undefined ? '' : ` --hitcount ${spec.hitcount}`) +
    (spec.sameTtl === true ? ' --rttl' : '') +
    ` --name ${spec.name} --mask ${formatIpv4(spec.mask)} --r${spec.side === 'source' ? 'source' : 'dest'}`,
};

function mask(given: GivenOptions, { hosts }: RuleContext): number {
  const option = given.get('mask');
  return option === undefined ? ALL_ONES : hostOption(option.value, hosts);
}

function limits(given: GivenOptions): Partial<RecentMatch> {
  const limit: Partial<RecentMatch> = {};
  const seconds = given.get('seconds');
  if (seconds !== undefined) limit.seconds = integerOption('recent', 'seconds', seconds.value, ALL_ONES, 1);
  const hitcount = given.get('hitcount');
  if (hitcount !== undefined) limit.hitcount = integerOption('recent', 'hitcount', hitcount.value);
  if (given.has('reap')) {
    if (seconds === undefined) {
      throw parameterProblem('recent: option "--reap" also requires "--seconds".\n');
    }
    limit.reap = true;
  }
  if (given.has('rttl')) limit.sameTtl = true;
  return limit;
}
