import { CommandFailure } from '../../failure.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import { addAddress, deleteAddress } from './address-change.ts';
import { flushAddresses } from './address-flush.ts';
import { showAddresses } from './address-show.ts';
import type { IpContext } from './context.ts';

const USAGE = `Usage: ip address {add|change|replace} IFADDR dev IFNAME
       ip address del IFADDR dev IFNAME
       ip address flush [ dev IFNAME ] [ scope SCOPE-ID ] [ to PREFIX ] [ label LABEL ]
       ip address [ show [ dev IFNAME ] [ scope SCOPE-ID ] [ master DEVICE ] [ nomaster ]
                         [ type TYPE ] [ to PREFIX ] [ secondary | primary ]
                         [ label LABEL ] [up] ]
IFADDR := PREFIX [ broadcast { ADDR | + | - } ] [ label IFNAME ] [ scope SCOPE-ID ]
SCOPE-ID := [ host | link | global | NUMBER ]
`;

/** `ip address` */
export function ipAddress(context: IpContext, words: Arguments): number {
  if (words.done) return showAddresses(context, words);
  const command = words.next();
  const keywords = ['add', 'change', 'replace', 'delete', 'show', 'list', 'flush', 'help'] as const;
  switch (command === 'chg' ? 'change' : command === 'lst' ? 'list' : keywordOf(command, keywords)) {
    case 'add':
      return addAddress(context, words, 'add');
    case 'change':
    case 'replace':
      return addAddress(context, words, 'replace');
    case 'delete':
      return deleteAddress(context, words);
    case 'show':
    case 'list':
      return showAddresses(context, words);
    case 'flush':
      return flushAddresses(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
  }
  throw usageError(`Command "${command}" is unknown, try "ip address help".`);
}
