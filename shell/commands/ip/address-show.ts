import type { LinkView } from '../../../models/netns/control-types.ts';
import type { Arguments } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { print } from '../iproute2/output.ts';
import { addressEntry, briefAddressEntry, onelineAddressEntry } from './address-format.ts';
import type { IpContext } from './context.ts';
import { briefLinkEntry, type LinkFormat, linkEntry } from './link-format.ts';
import {
  type LinkSelection,
  parseSelection,
  selectsAddress,
  selectsLink,
  showsLink,
} from './link-selection.ts';

/** `ip addr show` */
export function showAddresses(context: IpContext, words: Arguments): number {
  const { namespace, options, stdout } = context;
  const selection = parseSelection(words, namespace, options);
  const format: LinkFormat = {
    namespace,
    options,
    command: 'addr',
    hardware: selection.family === 'any' || selection.family === 'link',
  };
  const links = namespace.links().filter((link) => selectsLink(selection, link) && shows(selection, link));
  print(stdout, options, entriesOf(links, selection, format));
  return 0;
}

/** With a label asked for, iproute2 prints nothing of a link but the addresses. */
function shows(selection: LinkSelection, link: LinkView): boolean {
  return selection.label === undefined ? showsLink(selection, link) : addressesOf(link, selection).length > 0;
}

function entriesOf(links: readonly LinkView[], selection: LinkSelection, format: LinkFormat): Entry[] {
  const { oneline, json } = format.options;
  if (!oneline) return links.map((link) => withAddresses(link, selection, format));
  const lines = links.map((link) => onelineEntries(link, selection));
  // with -o and -j, iproute2 has nothing but the addresses in the object of a link
  if (json)
    return lines.map((line) =>
      new Entry().member(
        'addr_info',
        line.map((entry) => entry.json),
      ),
    );
  return lines.flat();
}

function onelineEntries(link: LinkView, selection: LinkSelection): Entry[] {
  return addressesOf(link, selection).map((address) => onelineAddressEntry(link, address));
}

/** A link with its addresses. */
function withAddresses(link: LinkView, selection: LinkSelection, format: LinkFormat): Entry {
  const { brief } = format.options;
  const entry = brief ? briefLinkEntry(link, format) : linkEntry(link, format);
  const addresses = addressesOf(link, selection).map(brief ? briefAddressEntry : addressEntry);
  entry.member(
    'addr_info',
    addresses.map(({ json }) => json),
  );
  const texts = addresses.map(({ text }) => text);
  if (selection.label !== undefined) entry.text = texts.join('\n');
  else entry.words(brief ? texts.join('') : texts.map((text) => `\n${text}`).join(''));
  return entry;
}

function addressesOf(link: LinkView, selection: LinkSelection) {
  return link.addresses.filter((address) => selectsAddress(selection, address));
}
