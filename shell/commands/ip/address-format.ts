import type { AddressView, LinkView } from '../../../models/netns/control-types.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { Entry } from '../iproute2/entry.ts';
import { scopes } from '../iproute2/names.ts';

/** What the kernel takes for "for ever" in seconds. */
const FOREVER = 0xffffffff;

/** An address as it stands under its link, two lines of text. */
export function addressEntry(address: AddressView): Entry {
  const local = formatIpv4(address.address);
  const entry = new Entry();
  entry.field('family', 'inet', '    inet ');
  entry.field('local', local, local).field('prefixlen', address.prefixLength, `/${address.prefixLength} `);
  if (address.broadcast !== undefined) {
    const broadcast = formatIpv4(address.broadcast);
    entry.field('broadcast', broadcast, `brd ${broadcast} `);
  }
  const scope = scopes.name(address.scope);
  entry.field('scope', scope, `scope ${scope} `);
  if (address.secondary) entry.field('secondary', true, 'secondary ');
  entry.field('label', address.label, address.label);
  entry.field('valid_life_time', FOREVER, '\n       valid_lft forever ');
  entry.field('preferred_life_time', FOREVER, 'preferred_lft forever');
  return entry;
}

/** The same on a line of its own (`-o`, and what `ip -s -s addr flush` deletes). */
export function onelineAddressEntry(link: LinkView, address: AddressView): Entry {
  const entry = new Entry()
    .field('index', link.ifindex, `${link.ifindex}: `)
    .field('dev', link.name, link.name);
  const plain = addressEntry(address);
  entry.words(plain.text);
  Object.assign(entry.json, plain.json);
  return entry;
}

/** `10.244.1.1/24 ` as `ip -br addr` has it. */
export function briefAddressEntry(address: AddressView): Entry {
  const local = formatIpv4(address.address);
  const entry = new Entry().field('local', local, local);
  return entry.field('prefixlen', address.prefixLength, `/${address.prefixLength} `);
}
