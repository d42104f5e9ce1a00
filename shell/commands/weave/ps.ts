import type { LinkView } from '../../../models/netns/control-types.ts';
import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { WEAVE_BRIDGE } from '../../../models/weave/bridge/bridge-config.ts';
import { Weaver } from '../../../models/weave/weaver.ts';
import { formatIpv4 } from '../../../models/wire/ipv4-address.ts';
import { formatMac } from '../../../models/wire/mac-address.ts';
import type { Command } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';

const EXPOSED = 'weave:expose';
/** The host's end of a pod's interface: this and the first characters of the container's id. */
const POD_PORT = 'vethwepl';
/** Characters of an id that Docker shows. */
const ID_LENGTH = 12;

/** What a container has on the bridge; the bridge itself counts as one. */
interface Attached {
  readonly id: string;
  readonly link: LinkView;
}

/**
 * `weave ps [ID...]`: who is attached to the bridge, with MAC address and addresses: the bridge, then the containers,
 * the newest first as `docker ps` has them. It looks at interfaces; whose they are the router knows.
 */
export const ps: Command = ({ namespace, stdout }, words) => {
  const bridge = namespace.link(WEAVE_BRIDGE);
  if (bridge === undefined) throw new CommandFailure('Link not found\n', 1);
  const all = [{ id: EXPOSED, link: bridge }, ...containers(namespace)];
  const wanted = words.length === 0 ? all : words.map((word) => named(all, word));
  for (const { id, link } of wanted) {
    const addresses = link.addresses.map((one) => `${formatIpv4(one.address)}/${one.prefixLength}`);
    stdout.write(`${[id, formatMac(link.mac), ...addresses].join(' ')}\n`);
  }
  return 0;
};

function named(all: readonly Attached[], word: string): Attached {
  const found = all.find(({ id }) => id.startsWith(word) || word.startsWith(id));
  if (found === undefined) throw new CommandFailure(`Error: No such container: ${word}\n`, 1);
  return found;
}

function containers(namespace: NetworkNamespace): Attached[] {
  const attached: Attached[] = [];
  const ids = idsByAddress(namespace);
  for (const { name, peer } of namespace.interfaces()) {
    if (!name.startsWith(POD_PORT) || peer === null) continue;
    const link = peer.namespace.link(peer.name)!;
    const id = link.addresses.map(({ address }) => ids.get(address)).find((known) => known !== undefined);
    attached.unshift({ id: (id ?? name.slice(POD_PORT.length)).slice(0, ID_LENGTH), link });
  }
  return attached;
}

/** Empty when no router runs. */
function idsByAddress(namespace: NetworkNamespace): ReadonlyMap<number, string> {
  const owned = namespace.services.find(Weaver)?.allocator.ownedAddresses() ?? [];
  return new Map(owned.flatMap(([id, prefixes]) => prefixes.map(({ address }) => [address, id] as const)));
}
