import type { Action, Step } from './steps.ts';
import type { PeerSpec, PodSpec, WeaveTopology } from './topology.ts';

/**
 * All actions in order, with what the steps take for granted: routers run before anything is asked of them, bridges are
 * exposed and pods attached before the first thing that is done with them.
 */
export function planOf({ steps, peers, pods }: WeaveTopology): Action[] {
  const actions = steps.flatMap((step) => inTurn(step, peers, pods));
  const named = new Set(actions.flatMap((action) => (action.kind === 'attach' ? action.pods : [])));
  const given = withPods(actions, peers, pods);
  const rest = pods.filter(({ name }) => !named.has(name) && !given.some((one) => attaches(one, name)));
  return withRest(withStarts(given, peers), peers, rest);
}

function attaches(action: Action, pod: string): boolean {
  return action.kind === 'attach' && action.pods.includes(pod);
}

/** `one pod each`: the first of each peer that no other step attaches. */
function withPods(actions: Action[], peers: PeerSpec[], pods: PodSpec[]): Action[] {
  return actions.map((action) => {
    if (action.kind !== 'attach' || action.pods.length > 0) return action;
    const firsts = peers.flatMap(({ number }) => pods.find(({ peer }) => peer === number)?.name ?? []);
    return { kind: 'attach', pods: firsts };
  });
}

/** Nodes that join one after the other do all of the step in turn. */
function inTurn({ actions }: Step, peers: PeerSpec[], pods: PodSpec[]): Action[] {
  if (!actions.some((action) => action.kind === 'start' && action.inTurn)) return actions;
  const once = actions.filter(({ kind }) => !['start', 'expose', 'attach'].includes(kind));
  const turns = peers.flatMap(({ number }): Action[] => {
    const first = pods.find(({ peer }) => peer === number);
    return [
      { kind: 'start', peers: [number], inTurn: false },
      { kind: 'settle' },
      { kind: 'expose', peers: [number] },
      ...(first === undefined ? [] : attachment([first.name])),
    ];
  });
  return [...turns, ...once];
}

/** Routers that no step starts run from the beginning, as soon as the network is there. */
function withStarts(actions: Action[], peers: PeerSpec[]): Action[] {
  const started = actions.flatMap((action) => (action.kind === 'start' ? action.peers : []));
  const missing = peers.map(({ number }) => number).filter((number) => !started.includes(number));
  if (missing.length === 0) return actions;
  const at = actions.findIndex(({ kind }) => kind !== 'black-hole');
  return actions.toSpliced(at, 0, { kind: 'start', peers: missing, inTurn: false });
}

/** Before the first pause or the data captures, whichever the case is about. */
function withRest(actions: Action[], peers: PeerSpec[], pods: PodSpec[]): Action[] {
  const exposes = actions.some(({ kind }) => kind === 'expose');
  const more: Action[] = [
    ...(exposes ? [] : [{ kind: 'settle' } as const, { kind: 'expose', peers: numbersOf(peers) } as const]),
    ...(pods.length === 0 ? [] : attachment(pods.map(({ name }) => name))),
  ];
  if (more.length === 0) return actions;
  const lastStart = actions.findLastIndex(({ kind }) => kind === 'start' || kind === 'expose');
  const lastAttach = actions.findIndex(({ kind }) => kind === 'attach');
  const at = Math.max(lastStart, lastAttach) + 1;
  return actions.toSpliced(at, 0, ...more);
}

function attachment(pods: string[]): Action[] {
  return [{ kind: 'attach', pods }];
}

function numbersOf(peers: PeerSpec[]): string[] {
  return peers.map(({ number }) => number);
}
