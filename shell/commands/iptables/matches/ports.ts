import type { PortMatch } from '../../../../models/netfilter/control-types.ts';
import { parameterProblem } from '../errors.ts';
import { type GivenOptions, negation, type OptionDefinition } from '../extension.ts';
import { serviceName } from '../services.ts';
import { formatRange, parsePortRange } from '../values.ts';

/** `--sport` and `--dport`, which tcp and udp have in common. */
export const PORT_OPTIONS: readonly OptionDefinition[] = [
  {
    name: 'source-port',
    aliases: ['sport'],
    invertible: true,
    onceText: "Only one `--source-port' allowed",
  },
  {
    name: 'destination-port',
    aliases: ['dport'],
    invertible: true,
    onceText: "Only one `--destination-port' allowed",
  },
];

interface Ports {
  sourcePort?: PortMatch;
  destinationPort?: PortMatch;
}

/** Reads both. A range of all ports says nothing and is left out, even where it is negated, as nft does. */
export function buildPorts(given: GivenOptions, protocol: number): Ports {
  const ports: Ports = {};
  const source = portMatch(given, 'source-port', protocol);
  const destination = portMatch(given, 'destination-port', protocol);
  if (source !== undefined) ports.sourcePort = source;
  if (destination !== undefined) ports.destinationPort = destination;
  return ports;
}

function portMatch(given: GivenOptions, name: string, protocol: number): PortMatch | undefined {
  const option = given.get(name);
  if (option === undefined) return undefined;
  const range = parsePortRange(option.value, protocol);
  return range.first === 0 && range.last === 0xffff ? undefined : { ...range, ...negation(option) };
}

/** @throws XtablesError when the rule is not for the protocol that the match reads */
export function needsProtocol(name: string, actual: number | undefined, number: number): void {
  if (actual === number) return;
  throw parameterProblem(`${name.toUpperCase()} match requires '-p ${name}'`);
}

export function listPorts(
  { sourcePort, destinationPort }: Ports,
  numeric: boolean,
  protocol: number,
): string {
  return listed('spt', sourcePort, numeric, protocol) + listed('dpt', destinationPort, numeric, protocol);
}

function listed(name: string, port: PortMatch | undefined, numeric: boolean, protocol: number): string {
  if (port === undefined) return '';
  const word = (number: number) => (numeric ? String(number) : serviceName(number, protocol));
  const bang = port.not === true ? '!' : '';
  if (port.first === port.last) return ` ${name}:${bang}${word(port.first)}`;
  return ` ${name}s:${bang}${word(port.first)}:${word(port.last)}`;
}

export function savePorts({ sourcePort, destinationPort }: Ports): string {
  return saved('--sport', sourcePort) + saved('--dport', destinationPort);
}

function saved(option: string, port: PortMatch | undefined): string {
  return port === undefined ? '' : `${port.not === true ? ' !' : ''} ${option} ${formatRange(port)}`;
}
