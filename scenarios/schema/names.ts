import { z } from 'zod';
import { quote } from '../diagnostic.ts';
import { Malformed, textValue } from './text-value.ts';

const hostPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const hostRule = 'lower-case letters, digits and hyphens, at most 63 (a DNS label, as Kubernetes has it)';

/** A key of a map of nodes, routers, LANs or pods. */
export const hostName = z
  .string()
  .regex(hostPattern, { error: (issue) => `${quote(String(issue.input))} is not a name: ${hostRule}` })
  .max(63, { error: () => `a name has at most 63 characters` });

/** A key of the map of nodes: a name, or several at once as in `node[1-3]`. */
export const hostNameOrRange = z
  .string()
  .regex(/^[-a-z0-9[\],]+$/, {
    error: (issue) => `${quote(String(issue.input))} is not a name or range like node[1-3]: ${hostRule}`,
  })
  .max(200, { error: () => 'a range has at most 200 characters' });

/** A key of the map of traffic. No dots: `thresholds` separates a flow's name from its metric with one. */
export const flowName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, {
  error: (issue) => `${quote(String(issue.input))} is not a name: letters, digits, _ and -, at most 63`,
});

/** True for a name that Linux allows for an interface and that is safe in a file name. */
export function isInterfaceName(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,15}$/.test(text) && text !== '.' && text !== '..';
}

/** A key of a map of interfaces (IFNAMSIZ allows 15 characters). */
export const interfaceName = z.string().refine(isInterfaceName, {
  error: (issue) =>
    `${quote(String(issue.input))} is not an interface name: letters, digits, _ . -, at most 15`,
});

export const interfaceNameText = textValue<string>({
  id: 'InterfaceName',
  type: 'string',
  expected: 'an interface name such as eth0',
  pattern: '^[A-Za-z0-9_.-]{1,15}$',
  parse: (text) => (isInterfaceName(text) ? text : new Malformed(`${quote(text)} is not an interface name`)),
  print: (name) => name,
});

/** Names and patterns in a reference: `node1`, `node*`, `node[1-3]`. */
const namePattern = '[-A-Za-z0-9_.*[\\],]+';

function reference(id: string, expected: string, pattern: string) {
  const shape = new RegExp(pattern);
  return textValue<string>({
    id,
    type: 'string',
    expected,
    pattern,
    parse: (text) => {
      if (text.length > 200) return new Malformed('a reference has at most 200 characters');
      return shape.test(text) ? text : new Malformed(`${quote(text)} is not well formed`);
    },
    print: (text) => text,
  });
}

/** `node1`, `node*` or `node[1-3]`. */
export const hostReference = reference(
  'HostReference',
  'the name of a node or router, or a pattern such as node* or node[1-3]',
  `^${namePattern}$`,
);

/** One end of a cable: `node*:eth0`, or a LAN by its name. */
export const cableEnd = reference(
  'CableEnd',
  'an interface such as node1:eth0 or node*:eth0, or the name of a LAN',
  `^${namePattern}(:${namePattern})?$`,
);

/** Interfaces of nodes, routers, LAN switches and pods. */
export const interfaceReference = reference(
  'InterfaceReference',
  'an interface such as node1:eth0, node*:eth0 or pod/web-*:eth0',
  `^(pod/|node/|router/|lan/)?${namePattern}:${namePattern}$`,
);

/** Senders or receivers of traffic. */
export const endpointReference = reference(
  'EndpointReference',
  'pod/NAME, node/NAME or router/NAME, with * in it for several, or an IPv4 address',
  `^((pod|node|router)/${namePattern}|\\d+\\.\\d+\\.\\d+\\.\\d+)$`,
);
