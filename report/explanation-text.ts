import type { Colors } from './colors.ts';
import { type Explanation, furthestCopy, isByTheWay } from './explanation.ts';
import type { TracedPacket, TraceStep } from './trace-recorder.ts';
import { formatDuration } from './units.ts';

/** Routes listed at most. */
const LISTED = 40;

/** An explanation as text: every packet with its way, hop by hop, and the verdict at the end. */
export function renderExplanation(explanation: Explanation, colors: Colors): string {
  const { from, to, address, protocol, at, packets, verdict, held, reports } = explanation;
  const target = to === address ? to : `${to} (${address})`;
  const what = protocol === 'icmp' ? 'an ICMP echo request' : 'a UDP datagram';
  const lines = [colors.bold(`${from} sends ${target} ${what} at ${at === 0 ? '0 s' : formatDuration(at)}`)];
  for (const packet of packets) {
    if (isAside(packet, packets)) continue;
    lines.push('', ...packetLines(packet, at, colors));
    const asides = packets.filter((other) => isAside(other, packets) && familyOf(other) === familyOf(packet));
    if (asides.length > 0) lines.push(colors.dim(`  flooding also took it to ${placesOf(asides)}`));
  }
  lines.push('', ...verdict.map((sentence) => colors.bold(sentence)));
  if (held !== undefined) {
    const { namespace, routes } = held;
    lines.push(`  table main of ${namespace} ${routes.length === 0 ? 'is empty' : 'holds:'}`);
    lines.push(...routes.slice(0, LISTED).map((entry) => `    ${entry}`));
    if (routes.length > LISTED) lines.push(`    and ${routes.length - LISTED} more`);
  }
  lines.push(...reports);
  return `${lines.join('\n')}\n`;
}

/** Copies that came nowhere are told in one line. */
function isAside(packet: TracedPacket, packets: readonly TracedPacket[]): boolean {
  const original = packets.find(({ id }) => id === familyOf(packet))!;
  return isByTheWay(packet) && furthestCopy(packets, original) !== packet;
}

function familyOf(packet: TracedPacket): number {
  return packet.copyOf ?? packet.id;
}

function placesOf(packets: readonly TracedPacket[]): string {
  const places = packets.map(({ fate }) => `${fate!.namespace}:${fate!.interface}`);
  const shown = places.slice(0, 5).join(', ');
  return places.length > 5 ? `${shown} and ${places.length - 5} more places` : shown;
}

function packetLines(packet: TracedPacket, begun: number, colors: Colors): string[] {
  const copy = packet.copyOf === undefined ? '' : ' (another copy made by flooding)';
  const head = `${packet.kind}${copy}  ${packet.source} > ${packet.destination}  ${packet.what}`;
  const width = Math.max(...packet.steps.map(({ namespace }) => namespace.length));
  const lines = [colors.cyan(head)];
  let before: TraceStep | undefined;
  for (const step of packet.steps) {
    const moved = before === undefined || before.namespace !== step.namespace;
    const later = moved || before!.time !== step.time;
    const time = later ? `+${formatDuration(step.time - begun)}` : '';
    const place = moved ? step.namespace : '';
    const action = step.step === 'drop' ? colors.red(step.step.padEnd(9)) : step.step.padEnd(9);
    const start = `  ${colors.dim(time.padStart(9))}  ${place.padEnd(width)}`;
    lines.push(`${start}  ${action}  ${stepText(step, colors)}`.trimEnd());
    before = step;
  }
  return lines;
}

function stepText(step: TraceStep, colors: Colors): string {
  const { at, detail } = step;
  switch (step.step) {
    case 'drop':
      return colors.red(`${at}: ${detail}`);
    case 'send':
    case 'receive':
      return `${at}  ${colors.dim(detail)}`;
    case 'deliver':
      return `to the ${at}: ${detail}`;
    default:
      return `${at}: ${detail}`;
  }
}
