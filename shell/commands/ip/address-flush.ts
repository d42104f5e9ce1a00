import { CommandFailure } from '../../failure.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { request } from '../iproute2/kernel-request.ts';
import { onelineAddressEntry } from './address-format.ts';
import type { IpContext } from './context.ts';
import { reportFlush } from './flush-report.ts';
import { parseSelection, selectsAddress, selectsLink } from './link-selection.ts';

/** `ip addr flush`: deletes all addresses that a selection means. */
export function flushAddresses(context: IpContext, words: Arguments): number {
  if (words.done) throw new CommandFailure('Flush requires arguments.\n', 1);
  const { namespace, options } = context;
  const selection = parseSelection(words, namespace, options);
  const texts: string[] = [];
  for (const link of namespace.links()) {
    if (!selectsLink(selection, link)) continue;
    for (const address of link.addresses.filter((candidate) => selectsAddress(selection, candidate))) {
      texts.push(onelineAddressEntry(link, address).text);
    }
    for (;;) {
      // a primary address takes its secondaries along, so look again after each
      const address = namespace
        .link(link.name)!
        .addresses.find((candidate) => selectsAddress(selection, candidate));
      if (address === undefined) break;
      request(2, () => namespace.deleteAddress(link.name, address.address, address.prefixLength));
    }
  }
  reportFlush(context, texts, 'addresses');
  return 0;
}
