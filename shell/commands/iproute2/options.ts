import { type Arguments, keywordOf, matches } from './arguments.ts';

/** The options before the object, common to `ip` and `bridge`. */
export interface Options {
  family: 'any' | 'inet' | 'inet6' | 'link' | 'bridge' | 'mpls';
  /** How often `-s` was given. */
  statistics: number;
  details: boolean;
  json: boolean;
  pretty: boolean;
  oneline: boolean;
  brief: boolean;
  force: boolean;
  /** Name of the namespace to act in, instead of the shell's own. */
  netns?: string;
}

export function defaultOptions(): Options {
  return {
    family: 'any',
    statistics: 0,
    details: false,
    json: false,
    pretty: false,
    oneline: false,
    brief: false,
    force: false,
  };
}

/** Reads one option that both programs have; false when it is none of them. */
export function commonOption(options: Options, option: string, words: Arguments): boolean {
  const keys = ['-stats', '-statistics', '-details', '-oneline', '-timestamp', '-tshort', '-force'] as const;
  switch (keywordOf(option, keys)) {
    case '-stats':
    case '-statistics':
      options.statistics++;
      return true;
    case '-details':
      options.details = true;
      return true;
    case '-oneline':
      options.oneline = true;
      return true;
    case '-force':
      options.force = true;
      return true;
    case '-timestamp':
    case '-tshort':
      return true; // only `monitor` prints times
  }
  if (matches(option, '-json')) options.json = true;
  else if (matches(option, '-pretty')) options.pretty = true;
  else if (matches(option, '-netns')) options.netns = words.next();
  else return isColour(option);
  return true;
}

/** `-color` and its relatives change nothing in what is not a terminal. */
function isColour(option: string): boolean {
  return matches(option.split('=')[0], '-color');
}
