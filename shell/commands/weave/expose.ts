import { IpamError } from '../../../models/weave/ipam/ipam-error.ts';
import type { PendingRequest } from '../../../models/weave/ipam/operation.ts';
import type { AddressResult, Weaver } from '../../../models/weave/weaver.ts';
import { formatIpv4, type Ipv4Prefix, parsePrefix, prefixMask } from '../../../models/wire/ipv4-address.ts';
import type { Command } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { answerTo } from './answer.ts';
import { runningRouter } from './running-router.ts';
import { usage } from './usage.ts';

/** Of a lookup that finds nothing (404): the script says nothing more. */
const NOT_FOUND = 4;

/** A certain address, or any one of a subnet; without one the default subnet. */
type Wish = { readonly address: Ipv4Prefix } | { readonly subnet?: Ipv4Prefix };

/** `weave expose [ADDRESS...] [-h NAME]`: waits until there are addresses. */
export const expose: Command = (context, words) => {
  const [wishes, rest] = readWishes(words);
  // there is no DNS that the name could be told to
  if (rest.length > 0 && !(rest.length === 2 && rest[0] === '-h')) throw usage();
  const weaver = runningRouter(context);
  const got: Ipv4Prefix[] = [];
  return answerTo((answer) => {
    let current: PendingRequest | null = null;
    const next = () => {
      const wish = wishes[got.length];
      if (wish !== undefined) {
        current = ask(weaver, wish, take);
        return;
      }
      context.stdout.write(listed(got));
      answer(0);
    };
    const take = (result: AddressResult) => {
      if (result instanceof IpamError) {
        context.stderr.write(`${result.message}\n`);
        answer(1);
      } else {
        got.push(result);
        next();
      }
    };
    next();
    return { abandon: () => current?.abandon() };
  });
};

function ask(weaver: Weaver, wish: Wish, done: (result: AddressResult) => void): PendingRequest {
  return 'address' in wish ? weaver.exposeAddress(wish.address, done) : weaver.expose(done, wish.subnet);
}

/** `weave hide [net:CIDR...]` */
export const hide: Command = (context, words) => {
  const [wishes, rest] = readWishes(words);
  if (rest.length > 0) throw usage();
  const weaver = runningRouter(context);
  const hidden = wishes.flatMap((wish) => {
    if ('address' in wish) throw new NotSupported('weave', 'hide of a certain address');
    const addresses = weaver.hide(wish.subnet);
    if (addresses.length === 0) throw new CommandFailure('', NOT_FOUND);
    return addresses;
  });
  context.stdout.write(listed(hidden));
  return 0;
};

/** @returns what the words before the first that is no address say, and the others */
function readWishes(words: readonly string[]): [wishes: Wish[], rest: readonly string[]] {
  const wishes: Wish[] = [];
  for (const word of words) {
    const wish = readWish(word);
    if (wish === undefined) break;
    wishes.push(wish);
  }
  return [wishes.length === 0 ? [{}] : wishes, words.slice(wishes.length)];
}

function readWish(word: string): Wish | undefined {
  if (word === 'net:default') return {};
  const [, kind, text] = /^(?:(ip|net):)?(.*\/.*)$/.exec(word) ?? [];
  const prefix = text === undefined ? undefined : parsePrefix(text);
  if (prefix === undefined) return undefined;
  const { address, length } = prefix;
  return kind === 'net' ? { subnet: { address: address & prefixMask(length), length } } : { address: prefix };
}

function listed(addresses: readonly Ipv4Prefix[]): string {
  return `${addresses.map(({ address }) => formatIpv4(address)).join(' ')}\n`;
}
