import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import { print } from '../iproute2/output.ts';
import type { IpContext } from './context.ts';
import { addLink } from './link-add.ts';
import { deleteLink } from './link-delete.ts';
import { briefLinkEntry, type LinkFormat, linkEntry } from './link-format.ts';
import { parseSelection, selectsLink } from './link-selection.ts';
import { setLink } from './link-set.ts';

const USAGE = `Usage: ip link add [ name ] NAME [ address LLADDR ] [ mtu MTU ] [ up ] type TYPE [ ARGS ]
       ip link delete { DEVICE | dev DEVICE } [ type TYPE ]
       ip link set { DEVICE | dev DEVICE } [ { up | down } ] [ name NEWNAME ] [ address LLADDR ]
                   [ mtu MTU ] [ netns NAME ] [ master DEVICE ] [ nomaster ] [ type TYPE ARGS ]
       ip link show [ DEVICE ] [ up ] [ master DEVICE ] [ nomaster ] [ type TYPE ]
TYPE := { bridge | bridge_slave | veth | vxlan }
`;

/** `ip link` */
export function ipLink(context: IpContext, words: Arguments): number {
  if (words.done) return showLinks(context, words);
  const command = words.next();
  const keywords = [
    'add',
    'set',
    'change',
    'replace',
    'delete',
    'show',
    'list',
    'xstats',
    'afstats',
    'property',
    'help',
  ] as const;
  const keyword = command === 'lst' ? 'list' : keywordOf(command, keywords);
  switch (keyword) {
    case 'add':
      return addLink(context, words);
    case 'set':
    case 'change':
      return setLink(context, words);
    case 'delete':
      return deleteLink(context, words);
    case 'show':
    case 'list':
      return showLinks(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "ip link help".`);
  }
  throw new NotSupported('ip', `"ip link ${keyword}"`);
}

/** `ip link show` */
function showLinks({ namespace, options, stdout }: IpContext, words: Arguments): number {
  const selection = parseSelection(words, namespace, options);
  const format: LinkFormat = { namespace, options, command: 'link', hardware: true };
  const links = namespace.links().filter((link) => selectsLink(selection, link));
  print(
    stdout,
    options,
    links.map((link) => (options.brief ? briefLinkEntry(link, format) : linkEntry(link, format))),
  );
  return 0;
}
