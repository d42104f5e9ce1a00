import { parameterProblem } from '../errors.ts';
import { parseNumber } from '../values.ts';

/** A type of ICMP with its names, the first of which is printed; without a code all codes are meant. */
interface IcmpType {
  names: readonly string[];
  type: number;
  code?: number;
}

/** Stands for every type. */
export const ANY_TYPE = 255;

const TYPES: readonly IcmpType[] = [
  { names: ['any'], type: ANY_TYPE },
  { names: ['echo-reply', 'pong'], type: 0 },
  { names: ['destination-unreachable'], type: 3 },
  { names: ['network-unreachable'], type: 3, code: 0 },
  { names: ['host-unreachable'], type: 3, code: 1 },
  { names: ['protocol-unreachable'], type: 3, code: 2 },
  { names: ['port-unreachable'], type: 3, code: 3 },
  { names: ['fragmentation-needed'], type: 3, code: 4 },
  { names: ['source-route-failed'], type: 3, code: 5 },
  { names: ['network-unknown'], type: 3, code: 6 },
  { names: ['host-unknown'], type: 3, code: 7 },
  { names: ['network-prohibited'], type: 3, code: 9 },
  { names: ['host-prohibited'], type: 3, code: 10 },
  { names: ['TOS-network-unreachable'], type: 3, code: 11 },
  { names: ['TOS-host-unreachable'], type: 3, code: 12 },
  { names: ['communication-prohibited'], type: 3, code: 13 },
  { names: ['host-precedence-violation'], type: 3, code: 14 },
  { names: ['precedence-cutoff'], type: 3, code: 15 },
  { names: ['source-quench'], type: 4 },
  { names: ['redirect'], type: 5 },
  { names: ['network-redirect'], type: 5, code: 0 },
  { names: ['host-redirect'], type: 5, code: 1 },
  { names: ['TOS-network-redirect'], type: 5, code: 2 },
  { names: ['TOS-host-redirect'], type: 5, code: 3 },
  { names: ['echo-request', 'ping'], type: 8 },
  { names: ['router-advertisement'], type: 9 },
  { names: ['router-solicitation'], type: 10 },
  { names: ['time-exceeded', 'ttl-exceeded'], type: 11 },
  { names: ['ttl-zero-during-transit'], type: 11, code: 0 },
  { names: ['ttl-zero-during-reassembly'], type: 11, code: 1 },
  { names: ['parameter-problem'], type: 12 },
  { names: ['ip-header-bad'], type: 12, code: 0 },
  { names: ['required-option-missing'], type: 12, code: 1 },
  { names: ['timestamp-request'], type: 13 },
  { names: ['timestamp-reply'], type: 14 },
  { names: ['address-mask-request'], type: 17 },
  { names: ['address-mask-reply'], type: 18 },
];

/** `8`, `3/4`, or the beginning of a name that only one type has. */
export function parseIcmpType(text: string): { type: number; code?: number } {
  const lower = text.toLowerCase();
  const found = TYPES.filter(({ names }) => names.some((name) => name.toLowerCase().startsWith(lower)));
  const exact = found.find(({ names }) => names.some((name) => name.toLowerCase() === lower));
  if (exact !== undefined) return exact;
  if (found.length > 1) {
    const [first, second] = found.map(({ names }) =>
      names.find((name) => name.toLowerCase().startsWith(lower)),
    );
    throw parameterProblem(`Ambiguous ICMP type \`${text}': \`${first}' or \`${second}'?`);
  }
  return found[0] ?? parseNumbers(text);
}

function parseNumbers(text: string): { type: number; code?: number } {
  const slash = text.indexOf('/');
  const typeText = slash < 0 ? text : text.slice(0, slash);
  const type = parseNumber(typeText, 255);
  if (type === undefined) throw parameterProblem(`Unknown ICMP type \`${typeText}'`);
  if (slash < 0) return { type };
  const code = parseNumber(text.slice(slash + 1), 255);
  if (code === undefined) throw parameterProblem(`Unknown ICMP code \`${text}'`);
  return { type, code };
}

export function icmpTypeName(type: number, code: number | undefined): string | undefined {
  return TYPES.find((candidate) => candidate.type === type && candidate.code === code)?.names[0];
}
