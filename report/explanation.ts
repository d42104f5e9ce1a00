import { errnoText } from '../models/netns/control-error.ts';
import { dropWords } from './drop-words.ts';
import type { Refusal } from './send-traced.ts';
import type { PacketFate, TracedPacket } from './trace-recorder.ts';
import { formatDuration } from './units.ts';

/** What became of a traced packet. */
export type Outcome = 'answered' | 'delivered' | 'dropped' | 'answer dropped' | 'refused' | 'on its way';

/** One packet explained: its way and that of its answer, and the verdict in plain words. */
export interface Explanation {
  from: string;
  to: string;
  /** `10.244.3.2` */
  address: string;
  protocol: 'icmp' | 'udp';
  /** Simulated nanoseconds at which it was sent. */
  at: number;
  outcome: Outcome;
  /** A sentence each. */
  verdict: string[];
  /** What the main table held where it had no entry for the packet. */
  held?: { namespace: string; routes: string[] };
  /** What the ICMP errors about it said and where they came to. */
  reports: string[];
  refusal?: Refusal;
  packets: TracedPacket[];
}

export type Question = Pick<Explanation, 'from' | 'to' | 'address' | 'protocol' | 'at'>;

/** Draws the conclusion from what a tracer has written down. */
export function explain(question: Question, packets: TracedPacket[], refusal: Refusal | null): Explanation {
  if (refusal !== null) return explainRefusal(question, refusal);
  const sent = mainPacket(packets, packets[0]);
  const answer = packets.find(({ kind, copyOf }) => kind === 'reply' && copyOf === undefined);
  const errors = packets.filter(({ kind, copyOf }) => kind === 'error' && copyOf === undefined);
  const conclude = (outcome: Outcome, verdict: string[], dead?: TracedPacket): Explanation => ({
    ...question,
    outcome,
    verdict,
    held: dead && heldWhereItDied(dead),
    reports: errors.map(errorSentence),
    packets,
  });

  const what = question.protocol === 'icmp' ? 'The echo request' : 'The datagram';
  if (sent.fate === undefined) return conclude('on its way', [`${what} is still on its way.`]);
  if (sent.fate.kind === 'dropped') return conclude('dropped', [dropSentence(what, sent)], sent);
  const arrived = `${what} reached ${sent.fate.namespace} after ${since(question, sent.fate)}`;
  if (answer === undefined) return conclude('delivered', [`${arrived}.`]);
  const back = mainPacket(packets, answer);
  if (back.fate === undefined) return conclude('on its way', [`${arrived}; the reply is still on its way.`]);
  if (back.fate.kind === 'dropped') {
    return conclude('answer dropped', [`${arrived}.`, dropSentence('Its reply', back)], back);
  }
  return conclude('answered', [`${arrived}; the reply was back after ${since(question, back.fate)}.`]);
}

/**
 * Of a packet, its fragments and the copies that flooding made of them, the one whose fate is that of the
 * whole: a fragment that died, else the copy that came furthest.
 */
export function mainPacket(packets: readonly TracedPacket[], original: TracedPacket): TracedPacket {
  const parts = packets.filter((packet) => packet.partOf === original.id && packet.copyOf === undefined);
  const survivors = [original, ...parts].map((part) => furthestCopy(packets, part));
  const dead = survivors.filter(({ fate }) => fate?.kind === 'dropped');
  dead.sort((a, b) => a.fate!.time - b.fate!.time);
  return dead[0] ?? survivors.find(({ fate }) => fate === undefined) ?? survivors[0];
}

/** Of a packet and the copies that flooding made of it, the one that came furthest. */
export function furthestCopy(packets: readonly TracedPacket[], original: TracedPacket): TracedPacket {
  const family = packets.filter((packet) => packet === original || packet.copyOf === original.id);
  return (
    family.find(({ fate }) => fate?.kind === 'delivered') ??
    family.find(({ fate }) => fate === undefined) ??
    family.find((packet) => !isByTheWay(packet)) ??
    original
  );
}

/** Whether a packet died only of having been flooded to where it was not wanted. */
export function isByTheWay({ fate }: TracedPacket): boolean {
  return fate?.reason === 'other_host' || fate?.reason === 'bridge_no_forward';
}

function explainRefusal(question: Question, refusal: Refusal): Explanation {
  const { errno, routing } = refusal;
  const verdict = [
    `${question.from} could not even send: ${errno} (${errnoText(errno)}).`,
    `Its ${routing.at}: ${routing.detail}.`,
  ];
  const held = routing.held && { namespace: question.from, routes: routing.held };
  return { ...question, outcome: 'refused', verdict, held, reports: [], refusal, packets: [] };
}

function heldWhereItDied(packet: TracedPacket): Explanation['held'] {
  const step = packet.steps.findLast(({ held }) => held !== undefined);
  return step && { namespace: step.namespace, routes: step.held! };
}

function dropSentence(what: string, packet: TracedPacket): string {
  const { namespace, interface: iface, reason } = packet.fate!;
  return `${what} was dropped at ${namespace}:${iface} (${reason}): ${dropWords(packet)}.`;
}

function errorSentence(error: TracedPacket): string {
  const from = error.steps[0].namespace;
  const fate = error.fate?.kind === 'dropped' ? `was dropped at ${error.fate.namespace}` : '';
  const end = fate === '' ? `reached ${error.fate?.namespace ?? 'nobody yet'}` : fate;
  return `${from} reported it: ${error.what.replace(/, length \d+$/, '')}; that ${end}.`;
}

function since(question: Question, fate: PacketFate): string {
  return formatDuration(fate.time - question.at);
}
