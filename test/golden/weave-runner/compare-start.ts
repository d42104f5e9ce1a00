import { compareCaptures, type Difference } from '../compare/compare.ts';
import type { CapturedFrame } from '../compare/decode.ts';
import type { CompareOptions } from '../compare/options.ts';
import type { OutputDifference } from '../outputs.ts';
import { type Conversation, conversationsOf, openings } from './conversations.ts';
import { type Datagram, datagramsOf } from './datagrams.ts';
import { isLaterFragment } from './run.ts';

/** Digits that random numbers in a message may have more or less: unique ids, ports, short ids. */
const DIGITS = 5;
/** Share of the gossip messages that must have their like: how updates are merged is a matter of scheduling. */
const ALIKE = 0.5;
/** A first heartbeat may come before the other side listens: then there is one more. */
const HEARTBEATS = 2;
/** On a busy machine an MTU test is sent again before its answer is there. */
const REPEATED = 2;
/** Times that a test of a path's MTU is sent before it counts as lost. */
const MTU_TRIES = 8;

/**
 * Compares how peers join: what they say in a handshake and afterwards, by sizes; how connections are opened, field by
 * field; heartbeats, the test of fragmentation and the search for the path's MTU by number and length.
 */
export function compareStart(
  file: string,
  golden: readonly CapturedFrame[],
  candidate: readonly CapturedFrame[],
  options: CompareOptions,
): { differences: Difference[]; classes: OutputDifference[] } {
  const differences = compareCaptures(openings(golden), openings(candidate), { ...options, unordered: true });
  const classes = [
    ...compareConversations(conversationsOf(golden), conversationsOf(candidate)),
    ...compareDatagrams(datagramsOf(golden), datagramsOf(candidate)),
    ...compareFragments(golden, candidate),
  ];
  return { differences, classes: classes.map((one) => ({ ...one, where: `${file}: ${one.where}` })) };
}

function compareConversations(golden: Conversation[], candidate: Conversation[]): OutputDifference[] {
  const directions = (list: Conversation[]) =>
    list
      .map(({ direction }) => direction)
      .sort()
      .join(', ');
  const those = text('conversations', directions(golden), directions(candidate));
  if (those.length > 0) return those;
  return golden.flatMap((one) =>
    compareConversation(one, candidate.find((c) => c.direction === one.direction)!),
  );
}

function compareConversation(golden: Conversation, candidate: Conversation): OutputDifference[] {
  const { direction, handshake } = golden;
  const near = handshake.every((size, i) => Math.abs(size - candidate.handshake[i]) <= (i < 2 ? 0 : DIGITS));
  const likes = alike(golden.gossip, candidate.gossip);
  const [measured, ours] = [golden.measured, candidate.measured];
  return [
    ...(near ? [] : text(`${direction}: handshake`, handshake.join(' '), candidate.handshake.join(' '))),
    ...text(`${direction}: acknowledgements`, `${golden.acknowledgements}`, `${candidate.acknowledgements}`),
    ...(Math.abs(measured - ours) <= REPEATED
      ? []
      : text(`${direction}: MTUs acknowledged`, `${measured}`, `${ours}`)),
    ...(likes >= ALIKE
      ? []
      : text(`${direction}: gossip`, golden.gossip.join(' '), candidate.gossip.join(' '))),
  ];
}

/** Share of the sizes that have their like on the other side, each but once. */
function alike(golden: readonly number[], candidate: readonly number[]): number {
  const rest = [...candidate];
  const found = golden.filter((size) => {
    const place = rest.findIndex((other) => Math.abs(other - size) <= DIGITS);
    if (place >= 0) rest.splice(place, 1);
    return place >= 0;
  });
  return (2 * found.length) / Math.max(1, golden.length + candidate.length);
}

function compareDatagrams(golden: Datagram[], candidate: Datagram[]): OutputDifference[] {
  const directions = new Set([...golden, ...candidate].map(({ direction }) => direction));
  return [...directions].flatMap((direction) => {
    const [a, b] = [golden, candidate].map((all) => all.filter((one) => one.direction === direction));
    const count = (list: Datagram[], kind: Datagram['kind']) =>
      list.filter((one) => one.kind === kind).length;
    const [beats, ours] = [count(a, 'heartbeat'), count(b, 'heartbeat')];
    const [tests, tested] = [count(a, 'fragmentation-test'), count(b, 'fragmentation-test')];
    return [
      ...(Math.abs(beats - ours) <= HEARTBEATS
        ? []
        : text(`${direction}: heartbeats`, `${beats}`, `${ours}`)),
      ...text(`${direction}: fragmentation tests`, `${tests}`, `${tested}`),
      ...text(`${direction}: MTU tests`, searched(a), searched(b)),
    ];
  });
}

/** Lengths that were tried, in order; whether in vain. */
function searched(datagrams: readonly Datagram[]): string {
  const tries: { length: number; count: number }[] = [];
  for (const { length, kind } of datagrams) {
    if (kind !== 'mtu-test-or-frame') continue;
    const last = tries.at(-1);
    if (last?.length === length) last.count++;
    else tries.push({ length, count: 1 });
  }
  return tries
    .map(({ length, count }) => `${length}${count >= MTU_TRIES ? ` in vain (${count})` : ''}`)
    .join(', ');
}

/** Lengths of the fragments of what was sent in fragments. */
function compareFragments(
  golden: readonly CapturedFrame[],
  candidate: readonly CapturedFrame[],
): OutputDifference[] {
  const lengths = (frames: readonly CapturedFrame[]) =>
    frames
      .filter(({ bytes }) => isLaterFragment(bytes))
      .map(({ originalLength }) => originalLength)
      .sort((a, b) => a - b)
      .join(' ');
  return text('fragments after the first', lengths(golden), lengths(candidate));
}

export function text(where: string, golden: string, candidate: string): OutputDifference[] {
  return golden === candidate ? [] : [{ where, golden, candidate }];
}
