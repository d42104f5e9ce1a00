/** One thing that is done. */
export type Action =
  | { kind: 'pause'; seconds: number }
  /** Until so long after the cut. */
  | { kind: 'at'; seconds: number }
  /** Until all connections are established. */
  | { kind: 'settle' }
  /** `inTurn`: what else the step says is done with each before the next one starts. */
  | { kind: 'start'; peers: string[]; inTurn: boolean }
  /** Undefined: all that run and are not exposed yet, in the order of their numbers or the other way round. */
  | { kind: 'expose'; peers: string[] | undefined; reverse?: boolean }
  | { kind: 'attach'; pods: string[] }
  | { kind: 'detach'; pods: string[] }
  | { kind: 'flush'; ns: string }
  | { kind: 'ping'; ns: string; command: PingText }
  | { kind: 'burst'; ns: string; count: number; size: number; to: string; port: number }
  | { kind: 'capture'; what: 'start' | 'data' }
  | { kind: 'cut'; peer: string }
  | { kind: 'heal'; peer: string }
  | { kind: 'connect'; peer: string; to: string }
  | { kind: 'kill'; peer: string }
  | { kind: 'restart'; peer: string }
  | { kind: 'remove-peer'; peer: string; name: string }
  /** The switch loses IP packets of more bytes. */
  | { kind: 'black-hole'; longest: number }
  | { kind: 'idle' };

/** What the text says of a ping; the command itself is in `pings.txt`. */
export interface PingText {
  options: string[];
  /** Pod, peer or address; undefined when not said. */
  to: string | undefined;
}

export interface Step {
  text: string;
  actions: Action[];
}

export interface Cast {
  pods: string[];
  peers: { number: string; nickname: string }[];
}

/** What is done where in the text. */
type Found = [at: number, action: Action][];
type Recogniser = (text: string, cast: Cast) => Found;

/**
 * Takes the numbered steps apart; what is in brackets is a remark.
 * @throws Error that names a step, and the part of it between semicolons, in which nothing is understood
 */
export function parseSteps(text: string, cast: Cast): Step[] {
  return [...text.matchAll(/^\d+\. (.+)$/gm)].map(([, line]) => {
    const bare = line.replace(/\([^()]*\)/g, (remark) => ' '.repeat(remark.length));
    const found = RECOGNISERS.flatMap((recognise) => recognise(bare, cast));
    for (const clause of silentClauses(bare, found))
      throw new Error(`step "${line}" is not understood: "${clause}"`);
    return { text: line, actions: found.sort(([a], [b]) => a - b).map(([, action]) => action) };
  });
}

function silentClauses(text: string, found: Found): string[] {
  let start = 0;
  return text.split(';').flatMap((clause) => {
    const [from, to] = [start, start + clause.length];
    start = to + 1;
    return found.some(([at]) => at >= from && at < to) ? [] : [clause.trim()];
  });
}

/** What becomes of pods that go. */
const GONE = 'removed|deleted|detached|unplugged';

const RECOGNISERS: Recogniser[] = [
  pauses,
  (text) => all(text, /after all connections are established/g, () => ({ kind: 'settle' })),
  starts,
  exposures,
  attachments,
  detachments,
  flushes,
  pings,
  bursts,
  captures,
  cuts,
  processes,
  (text) =>
    all(text, /drop (?:IP )?packets (?:longer than|above) (\d+) bytes/g, ([, longest]) => {
      return { kind: 'black-hole', longest: Number(longest) };
    }),
  (text) => all(text, /\bidle\b|recorded in state/g, () => ({ kind: 'idle' })),
];

function all(text: string, pattern: RegExp, action: (match: RegExpExecArray) => Action | undefined): Found {
  return [...text.matchAll(pattern)].flatMap((match): Found => {
    const one = action(match);
    return one === undefined ? [] : [[match.index, one]];
  });
}

function pauses(text: string): Found {
  const seconds = /\b(\d+(?:\.\d+)?) s (?:pause|wait|later|for the MTU search|after all connections)/g;
  const older = /connections? older than (\d+(?:\.\d+)?) (min|s)\b/g;
  return [
    ...all(text, seconds, ([, value]) => ({
      kind: 'pause',
      seconds: Number(value),
    })).map(([at, action]): [number, Action] => {
      // "2.5 s after all connections are established": first those, then the pause
      const follows = text.slice(at).search(/after all connections are established/);
      return /^\S+ s after/.test(text.slice(at)) ? [at + follows + 1, action] : [at, action];
    }),
    ...all(text, /\b(?:wait|pause)(?: of)? (\d+(?:\.\d+)?) s\b/g, ([, value]) => {
      return { kind: 'pause', seconds: Number(value) };
    }),
    ...all(text, older, ([, value, unit]) => {
      return { kind: 'pause', seconds: Number(value) * (unit === 'min' ? 60 : 1) + 5 };
    }),
  ];
}

function starts(text: string, { peers }: Cast): Found {
  const everybody = peers.map(({ number }) => number);
  const each = /\b(?:all peers|all nodes|both|peers|nodes) (?:are )?(?:start|join)(?:s|ed)?\b/g;
  const some =
    /\b(?:peers?|nodes?) (\d+(?:(?:, | and )\d+)*) (?:is |are )?(?:starts?|started|joins?)\b(?! again)/g;
  return [
    ...all(text, some, ([, numbers]) => {
      return { kind: 'start', peers: numbers.match(/\d+/g)!, inTurn: false };
    }),
    ...all(text, each, () => ({ kind: 'start', peers: everybody, inTurn: /one after the other/.test(text) })),
  ];
}

function exposures(text: string): Found {
  const pattern = /\b(?:(bridges?|bridge addresses)|both|(?:of )?peer (\d+)) (?:is |are )?exposed\b/g;
  return all(text, pattern, ([, , number]) => {
    const reverse = /reverse order/.test(text);
    return { kind: 'expose', peers: number === undefined ? undefined : [number], reverse };
  });
}

/** `pod a1 and a2 attached`, `pods a1 (peer 1), b1 (peer 2)`, `one pod each, named x1, x2, …`, `a3 attached again`. */
function attachments(text: string, cast: Cast): Found {
  const { pods } = cast;
  if (actorOf(text, cast) !== undefined) return [];
  const list = '((?:\\w+\\s*(?:,|\\band\\b)\\s*)*\\w+)';
  const named = new RegExp(
    `\\bpods? ${list}(?!\\w)(?!\\s*(?:,|\\band\\b)\\s*\\w)(?!\\s+(?:is |are |was )?(?:${GONE}))`,
    'g',
  );
  const again = new RegExp(
    `(?<!pods? )\\b${list} (?:is |are )?(?:re-?attached|re-?added|attached again|added again)`,
    'g',
  );
  return [
    ...all(text, /\bone pod each\b/g, () => ({ kind: 'attach', pods: [] })),
    ...[named, again].flatMap((pattern) =>
      all(text, pattern, ([, names]) => {
        const known = names.split(/\s*(?:,|\band\b)\s*/).filter((name) => pods.includes(name));
        return known.length === 0 ? undefined : { kind: 'attach', pods: known };
      }),
    ),
  ];
}

/** `a3 removed from IPAM`, `pods a1 and a2 deleted`. */
function detachments(text: string, { pods }: Cast): Found {
  const pattern = new RegExp(
    `\\b((?:\\w+\\s*(?:,|\\band\\b)\\s*)*\\w+) (?:is |are |was )?(?:${GONE})\\b`,
    'g',
  );
  return all(text, pattern, ([, names]) => {
    const known = names.split(/\s*(?:,|\band\b)\s*/).filter((name) => pods.includes(name));
    return known.length === 0 ? undefined : { kind: 'detach', pods: known };
  });
}

function flushes(text: string, cast: Cast): Found {
  return all(text, /ip neigh flush all|neighbour cache (?:is )?flushed/g, () => {
    return { kind: 'flush', ns: actorOf(text, cast) ?? '' };
  });
}

/** Who a step begins with: `a1: ...`, `node 1 itself: ...`, `x1 to x3: ...`. */
function actorOf(text: string, { pods, peers }: Cast): string | undefined {
  const [, first, number] = /^(?:(\w+)|(?:node|peer) (\d+)(?: itself)?)(?: to \w+)? *:/.exec(text) ?? [];
  if (number !== undefined) return peers.some((peer) => peer.number === number) ? `peer${number}` : undefined;
  return pods.includes(first) ? first : undefined;
}

function pings(text: string, cast: Cast): Found {
  const ns = actorOf(text, cast);
  const at = text.search(/\bping\b/);
  if (ns === undefined || at < 0) return [];
  const sizes = /ping of ((?:\d+(?:, | and )?)+) bytes/.exec(text)?.[1].match(/\d+/g);
  const command = /`?ping((?: -\w+(?: (?:[\d.]+|dont|do|want))?)*)/.exec(text.slice(at))?.[1] ?? '';
  const words = command.trim() === '' ? [] : command.trim().split(/\s+/);
  const to = targetOf(text, at, cast);
  if (sizes === undefined || sizes === null)
    return [[at, { kind: 'ping', ns, command: { options: words, to } }]];
  const mode = /\bDF\b/.test(text) ? 'do' : 'dont';
  return sizes.map((size): [number, Action] => {
    const options = ['-c', '1', '-W', '2', '-M', mode, '-s', String(Number(size) - 28)];
    return [at, { kind: 'ping', ns, command: { options, to } }];
  });
}

/** `ping -c 3 10.44.0.1`, `<bridge address of peer 2>`, `<b1>`, `ping -c 2 to p1`, `x1 to x3: ...`. */
function targetOf(text: string, at: number, { pods }: Cast): string | undefined {
  const rest = text.slice(at);
  const bridge = /bridge address of (?:peer|node) (\d+)/.exec(rest)?.[1];
  if (bridge !== undefined) return `peer${bridge}`;
  const address = /\b\d+\.\d+\.\d+\.\d+\b/.exec(rest)?.[0];
  if (address !== undefined) return address;
  const pod = /(?:<(\w+)>|\bto (\w+))/.exec(rest);
  const name = pod?.[1] ?? pod?.[2] ?? /^\w+ to (\w+)/.exec(text)?.[1];
  return name !== undefined && pods.includes(name) ? name : undefined;
}

function bursts(text: string, cast: Cast): Found {
  const ns = actorOf(text, cast);
  if (ns === undefined) return [];
  const pattern = /(\d+) UDP datagrams of (\d+) bytes\b.*? to (\w+|[\d.]+)(?::| port )(\d+)/g;
  return all(text, pattern, ([, count, size, to, port]) => {
    return { kind: 'burst', ns, count: Number(count), size: Number(size), to, port: Number(port) };
  });
}

/** The capture of a start begins; or it ends, and those of the data begin. */
function captures(text: string): Found {
  return [
    ...all(text, /(?<!data )\bcapture starts\b/g, () => ({ kind: 'capture', what: 'start' })),
    ...all(text, /\b(?:data )?captures start\b/g, () => ({ kind: 'capture', what: 'data' })),
  ];
}

function cuts(text: string, { pods }: Cast): Found {
  const cut = /\bpeer (\d+) is (?:detached from|cut off|disconnected from)/g;
  const heal = /\b(?:(?:peer (\d+)|is|it is) )?(?:attached|connected|plugged in) again\b/g;
  return [
    ...all(text, /\bat t=(\d+(?:\.\d+)?) s\b/g, ([, seconds]) => ({ kind: 'at', seconds: Number(seconds) })),
    ...all(text, cut, ([, peer]) => ({ kind: 'cut', peer })),
    ...all(text, heal, ({ index, 1: peer }) => {
      // a pod that is attached again is another matter
      const before = /(\w+) +$/.exec(text.slice(0, index))?.[1] ?? '';
      return pods.includes(before) ? undefined : { kind: 'heal', peer: peer ?? '' };
    }),
  ];
}

/** `peer 1 told to connect to peer 2`, `peer 2 killed`, `peer 2 started again`, `rmpeer node-2 on peer 1`. */
function processes(text: string): Found {
  return [
    ...all(text, /\bpeer (\d+) (?:is )?told to connect to peer (\d+)/g, ([, peer, to]) => {
      return { kind: 'connect', peer, to };
    }),
    ...all(text, /\bpeer (\d+) (?:is )?(?:killed|stopped)\b/g, ([, peer]) => ({ kind: 'kill', peer })),
    ...all(text, /\bpeer (\d+) (?:is )?(?:restarts|restarted|starts again)\b/g, ([, peer]) => {
      return { kind: 'restart', peer };
    }),
    ...all(text, /\brmpeer (\S+) on peer (\d+)/g, ([, name, peer]) => ({ kind: 'remove-peer', peer, name })),
  ];
}
