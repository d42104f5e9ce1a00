import type { MatchExtension } from '../extension.ts';
import { buildPorts, listPorts, needsProtocol, PORT_OPTIONS, savePorts } from './ports.ts';

const UDP = 17;

/** `-m udp` */
export const udp: MatchExtension<'udp'> = {
  name: 'udp',
  options: PORT_OPTIONS,

  build(given, { protocol }) {
    needsProtocol('udp', protocol?.number, UDP);
    return { match: 'udp', ...buildPorts(given, UDP) };
  },

  list: (spec, numeric) => ` udp${listPorts(spec, numeric, UDP)}`,
  save: savePorts,
};
