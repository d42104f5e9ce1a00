import type {
  AddressMatch,
  ChainView,
  MatchSpec,
  PortMatch,
  RuleSpec,
} from '../../../models/netfilter/control-types.ts';

/** What the evaluator sees of a packet: plain data. */
export interface PlainPacket {
  source: number;
  destination: number;
  protocol: number;
  sourcePort: number;
  destinationPort: number;
  flags: number;
  length: number;
  ttl: number;
  mark: number;
  in: string;
  out: string;
}

/**
 * Evaluates rules literally, as iptables(8) tells it, on the data of the control surface: slow, and without
 * anything in common with what it judges. Answers the verdict and the mark that the packet has in the end.
 */
export function evaluate(
  chains: readonly ChainView[],
  first: string,
  packet: PlainPacket,
): { verdict: string; mark: number } {
  const seen = { ...packet };
  const base = chains.find(({ name }) => name === first)!;
  return { verdict: walk(chains, base, seen) ?? base.policy!, mark: seen.mark };
}

function walk(chains: readonly ChainView[], chain: ChainView, packet: PlainPacket): string | undefined {
  for (const rule of chain.rules) {
    if (!applies(rule, packet)) continue;
    const { target } = rule;
    switch (target?.target) {
      case 'ACCEPT':
      case 'DROP':
        return target.target;
      case 'RETURN':
        return undefined;
      case 'MARK':
        packet.mark = Number((BigInt(packet.mark) & ~BigInt(target.mask)) ^ BigInt(target.value));
        break;
      case 'chain': {
        const next = chains.find(({ name }) => name === target.chain)!;
        const verdict = walk(chains, next, packet);
        if (verdict !== undefined || target.goto === true) return verdict;
        break;
      }
    }
  }
  return undefined;
}

function applies(rule: RuleSpec, packet: PlainPacket): boolean {
  const { source, destination, protocol, inInterface, outInterface, matches = [] } = rule;
  if (!covers(source, packet.source) || !covers(destination, packet.destination)) return false;
  if (protocol !== undefined && (packet.protocol === protocol.number) === Boolean(protocol.not)) return false;
  if (inInterface !== undefined && named(packet.in, inInterface.name) === Boolean(inInterface.not))
    return false;
  if (outInterface !== undefined && named(packet.out, outInterface.name) === Boolean(outInterface.not)) {
    return false;
  }
  return matches.every((match) => holds(match, packet));
}

function named(name: string, wanted: string): boolean {
  return wanted.endsWith('+') ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}

function covers(match: AddressMatch | undefined, address: number): boolean {
  if (match === undefined) return true;
  const bits = (value: number): string => (value >>> 0).toString(2).padStart(32, '0');
  const mask = bits(match.mask);
  const same = [...bits(address)].every((bit, i) => mask[i] === '0' || bit === bits(match.address)[i]);
  return same !== Boolean(match.not);
}

function within(port: number, match: PortMatch | undefined): boolean {
  if (match === undefined) return true;
  return (match.first <= port && port <= match.last) !== Boolean(match.not);
}

function holds(match: MatchSpec, packet: PlainPacket): boolean {
  switch (match.match) {
    case 'tcp': {
      if (!within(packet.sourcePort, match.sourcePort)) return false;
      if (!within(packet.destinationPort, match.destinationPort)) return false;
      const { flags } = match;
      if (flags === undefined) return true;
      return ((packet.flags & flags.mask) === flags.compare) !== Boolean(flags.not);
    }
    case 'udp':
      return (
        within(packet.sourcePort, match.sourcePort) && within(packet.destinationPort, match.destinationPort)
      );
    case 'multiport': {
      const hit = (port: number): boolean =>
        match.ports.some(({ first, last }) => first <= port && port <= last);
      const source = match.side !== 'destination' && hit(packet.sourcePort);
      const destination = match.side !== 'source' && hit(packet.destinationPort);
      return (source || destination) !== Boolean(match.not);
    }
    case 'mark':
      return (Number(BigInt(packet.mark) & BigInt(match.mask)) === match.value) !== Boolean(match.not);
    case 'length':
      return (match.first <= packet.length && packet.length <= match.last) !== Boolean(match.not);
    case 'ttl':
      if (match.compare === 'lt') return packet.ttl < match.value;
      if (match.compare === 'gt') return packet.ttl > match.value;
      return (packet.ttl === match.value) !== Boolean(match.not);
    case 'comment':
      return true;
    default:
      throw new Error(`${match.match} is not judged here`);
  }
}
