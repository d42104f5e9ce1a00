import type { SetSpec, SetType } from '../../../models/netfilter/control-types.ts';
import { ControlError } from '../../../models/netns/control-error.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import type { IpsetContext } from './context.ts';
import { failure, syntaxError, usageError } from './errors.ts';
import { number } from './values.ts';

const TYPES: ReadonlyMap<string, SetType> = new Map([
  ['hash:ip', 'hash:ip'],
  ['iphash', 'hash:ip'],
  ['hash:net', 'hash:net'],
  ['nethash', 'hash:net'],
  ['hash:ip,port', 'hash:ip,port'],
  ['ipporthash', 'hash:ip,port'],
  ['list:set', 'list:set'],
  ['setlist', 'list:set'],
]);

/** Types of ipset 7.17 that podwire has not. */
const UNMODELLED_TYPES: ReadonlySet<string> = new Set([
  'bitmap:ip',
  'ipmap',
  'bitmap:ip,mac',
  'macipmap',
  'bitmap:port',
  'portmap',
  'hash:mac',
  'hash:ip,mac',
  'hash:ip,mark',
  'hash:ip,port,ip',
  'ipportiphash',
  'hash:ip,port,net',
  'ipportnethash',
  'hash:net,iface',
  'hash:net,net',
  'hash:net,port',
  'hash:net,port,net',
]);

const NAME_LENGTH = 31;
const MAXIMUM = 0xffffffff;
/** Seconds; the kernel counts milliseconds in 31 bits. */
export const MAXIMUM_TIMEOUT = 2_147_483;
const SMALLEST_HASH = 64;

/** `ipset create SETNAME TYPENAME [options]` */
export function create({ netfilter, exist }: IpsetContext, words: readonly string[]): void {
  const [name, typeName, ...options] = words;
  if (name.length > NAME_LENGTH) {
    throw syntaxError(`setname '${name}' is longer than ${NAME_LENGTH} characters`);
  }
  const type = TYPES.get(typeName);
  if (UNMODELLED_TYPES.has(typeName)) throw new NotSupported('ipset', typeName);
  if (type === undefined) throw syntaxError(`typename '${typeName}' is unknown`);
  const spec: SetSpec = { name, type };
  parseOptions(spec, options);
  try {
    netfilter.addSet(spec, exist ? 'exist' : 'create');
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    throw failure('Set cannot be created: set with the same name already exists');
  }
}

function parseOptions(spec: SetSpec, words: readonly string[]): void {
  const seen = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    const taker = TAKERS[word];
    if (FLAGS.includes(word)) setFlag(spec, word);
    else if (taker === undefined || !taker.types(spec.type)) {
      throw usageError(`Unknown argument: \`${word}'`);
    } else {
      const value = words[++at];
      if (value === undefined) throw usageError(`Missing mandatory argument of option \`${word}'`);
      if (seen.has(word)) throw syntaxError(`${word} already specified`);
      seen.add(word);
      taker.take(spec, value);
    }
  }
}

const FLAGS = ['counters', 'comment', 'skbinfo', 'forceadd'];

function setFlag(spec: SetSpec, word: string): void {
  if (word === 'counters') spec.counters = true;
  else if (word === 'comment') spec.comment = true;
  else throw new NotSupported('ipset', word);
}

interface Taker {
  types(type: SetType): boolean;
  take(spec: SetSpec, value: string): void;
}

const isHash = (type: SetType): boolean => type !== 'list:set';
const any = (): boolean => true;

const TAKERS: Readonly<Record<string, Taker | undefined>> = {
  family: {
    types: isHash,
    take: (_spec, value) => {
      if (value === 'inet6' || value === '-6') throw new NotSupported('ipset', 'IPv6');
      if (value !== 'inet' && value !== '-4') throw syntaxError(`unknown inet family ${value}`);
    },
  },
  hashsize: {
    types: isHash,
    take: (spec, value) => {
      const wanted = number(value, 0, MAXIMUM);
      spec.hashSize = SMALLEST_HASH;
      while (spec.hashSize < wanted) spec.hashSize *= 2;
    },
  },
  maxelem: {
    types: isHash,
    take: (spec, value) => {
      spec.maxElements = number(value, 0, MAXIMUM);
    },
  },
  size: {
    types: (type) => type === 'list:set',
    take: (spec, value) => {
      spec.maxElements = number(value, 0, MAXIMUM);
    },
  },
  netmask: {
    types: (type) => type === 'hash:ip',
    take: (spec, value) => {
      spec.netmask = netmask(value);
    },
  },
  timeout: {
    types: any,
    take: (spec, value) => {
      spec.timeout = number(value, 0, MAXIMUM_TIMEOUT);
    },
  },
  // what the kernel draws or chooses: read and left aside, so that what `save` wrote can be restored
  bucketsize: { types: isHash, take: () => {} },
  initval: { types: isHash, take: () => {} },
};

function netmask(text: string): number {
  try {
    return number(text, 1, 32);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    const more = 'Syntax error: netmask is out of the inclusive range of 1-32\n';
    throw new CommandFailure(error.message + more, error.status);
  }
}
