import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { isIpamError } from '../../../models/weave/ipam/ipam-error.ts';
import { parseIpamInit } from '../../../models/weave/ipam/ipam-init.ts';
import { printIpamStatus } from '../../../models/weave/ipam/ipam-status.ts';
import type { PendingRequest } from '../../../models/weave/ipam/operation.ts';
import { formatPrefix, parsePrefix } from '../../../models/wire/ipv4-address.ts';
import { parseMac } from '../../../models/wire/mac-address.ts';
import type { EventQueueName } from '../event-queues.ts';
import { compareText, type OutputDifference } from '../outputs.ts';
import { type CaseReport, failedReport, type RunOptions } from '../run-case.ts';
import { WeaveCluster } from './cluster.ts';
import { DRAWS } from './draws.ts';
import type { PeerSpec } from './topology.ts';

const SECOND = 1e9;
/** Between two requests, seconds. */
const SPACING = 0.12;
/** Until a router that was started answers, seconds. */
const READY = 0.75;
/** Until all are connected and know of it, seconds. */
const PATIENCE = 10;
/** A request that is not answered is given up after so long, unless the recording says otherwise. */
const REQUEST_PATIENCE = 30;

const entry = z.object({ token: z.string(), size: z.number(), peer: z.string(), version: z.number() });
const peer = z.looseObject({
  index: z.number().int(),
  name: z.string(),
  nickname: z.string(),
  init: z.string(),
  /** Default: those that were started before it. */
  targets: z.union([z.literal('all others'), z.array(z.string())]).optional(),
});
const schema = z.looseObject({
  title: z.string(),
  mode: z.enum(['seed', 'sequential', 'together']),
  range: z.string(),
  peers: z.array(peer).min(1),
  allocations: z.array(z.object({ peer: z.number(), what: z.string(), address: z.string() })).default([]),
  rings: z.array(z.object({ after: z.string(), seenBy: z.number(), entries: z.array(entry) })).default([]),
  steps: z
    .array(
      z.object({
        peer: z.number(),
        op: z.string(),
        ident: z.string(),
        result: z.string(),
        ring: z.array(z.string()),
      }),
    )
    .default([]),
  statusIpam: z.record(z.string(), z.string()).default({}),
  finalReportIPAM: z.record(z.string(), z.looseObject({})).default({}),
});

type IpamCase = z.infer<typeof schema>;

/** Whether a file is a recording of who got which address. */
export function isIpamCase(file: string): boolean {
  return file.endsWith('.json') && /"peers"\s*:/.test(readFileSync(file, 'utf8'));
}

/**
 * Simulates a recording of IPAM with real routers that gossip over a real mesh: who got which address and what the ring
 * was after each step. Donors are drawn, and whose messages come first decides who is in a ring: draws are tried until
 * all comes out as it did.
 */
export function runIpamCase(file: string, { queue }: RunOptions): CaseReport {
  const name = basename(file, '.json');
  try {
    const golden = schema.parse(JSON.parse(readFileSync(file, 'utf8')));
    let best: CaseReport | undefined;
    for (let draw = 0; draw < DRAWS && best?.verdict !== 'passed'; draw++) {
      const report = new IpamRun(golden, queue, draw).report(name);
      if (best === undefined || report.outputDifferences.length < best.outputDifferences.length)
        best = report;
    }
    return best!;
  } catch (error) {
    if (error instanceof z.ZodError) return failedReport(name, z.prettifyError(error));
    return failedReport(name, error instanceof Error ? error.message : String(error));
  }
}

class IpamRun {
  private readonly golden: IpamCase;
  private readonly cluster: WeaveCluster;
  private readonly differences: OutputDifference[] = [];
  private compared = 0;

  constructor(golden: IpamCase, queue: EventQueueName, draw: number) {
    this.golden = golden;
    const range = parsePrefix(golden.range);
    if (range === undefined) throw new Error(`range ${golden.range} is no prefix`);
    this.cluster = new WeaveCluster(
      {
        ...{ title: golden.title, range, password: undefined, pods: [], steps: [], captures: [] },
        ...{ underlayMtu: 1500, underlayLength: 16 },
        peers: golden.peers.map((one) => peerSpec(golden, one)),
      },
      queue,
      draw,
    );
  }

  report(name: string): CaseReport {
    const { golden } = this;
    this.pass(1);
    if (golden.mode !== 'sequential') for (const { index } of golden.peers) this.start(index);
    if (golden.mode !== 'sequential') this.settle();
    for (const allocation of golden.allocations) this.allocated(allocation);
    for (const step of golden.steps) this.step(step);
    this.compareEnd();
    return {
      name,
      verdict: this.differences.length === 0 ? 'passed' : 'failed',
      captures: [],
      outputsCompared: this.compared,
      outputsUnsupported: [],
      outputDifferences: this.differences,
    };
  }

  private pass(seconds: number): void {
    const { simulation } = this.cluster;
    simulation.run({ until: simulation.now + Math.round(seconds * SECOND) });
  }

  private start(index: number): void {
    this.cluster.start(String(index));
  }

  /** Until all are connected with all and have told each other. */
  private settle(): void {
    this.pass(READY);
    for (let i = 0; i < PATIENCE && !this.cluster.isSettled; i++) this.pass(1);
    this.pass(1);
  }

  private ensureStarted(index: number): void {
    if (this.cluster.weavers.has(String(index))) return;
    this.start(index);
    this.settle();
  }

  private allocated({ peer: index, what, address }: IpamCase['allocations'][number]): void {
    this.ensureStarted(index);
    const id = what === 'bridge' ? 'weave:expose' : what;
    this.compare(`peer ${index} ${what}`, address, this.allocate(index, id, REQUEST_PATIENCE));
    const ring = this.golden.rings.find(
      ({ after, seenBy }) => after === `peer ${index} ${what}` && seenBy === index,
    );
    if (ring !== undefined) {
      this.compare(
        `ring after peer ${index} ${what}`,
        JSON.stringify(ring.entries),
        JSON.stringify(this.ring(index)),
      );
    }
  }

  private step({ peer: index, op, ident, result, ring }: IpamCase['steps'][number]): void {
    const where = `peer ${index} ${op} ${ident}`;
    if (op !== 'kill') this.ensureStarted(index);
    this.compare(where, result, this.carryOut(index, op, ident, result));
    if (ring.length > 0) this.compare(`ring after ${where}`, ring.join(', '), this.ringText(index));
  }

  private carryOut(index: number, op: string, ident: string, result: string): string {
    const { allocator } = this.cluster.weavers.get(String(index))!;
    const wait = /no answer within (\d+) s/.exec(result)?.[1];
    switch (op) {
      case 'alloc': {
        const address = this.allocate(index, ident, Number(wait ?? REQUEST_PATIENCE));
        return address === 'none' && wait !== undefined ? result : address;
      }
      case 'free':
        return allocator.release(ident)?.message ?? 'ok';
      case 'kill':
        this.cluster.kill(String(index));
        this.pass(1);
        return result;
      case 'rmpeer':
        return `${allocator.removePeer(ident)} IPs taken over from ${ident}`;
      default:
        throw new Error(`step "${op}" of peer ${index} is not understood`);
    }
  }

  /** The address, or `none` when there is none in time; then who asked goes away. */
  private allocate(index: number, id: string, patience: number): string {
    const { allocator, options } = this.cluster.weavers.get(String(index))!;
    let answer: string | undefined;
    const request: PendingRequest = allocator.allocate(id, options.range, (result) => {
      answer = isIpamError(result) ? result.message : formatPrefix(result);
    });
    const deadline = this.cluster.simulation.now + patience * SECOND;
    while (answer === undefined && this.cluster.simulation.now < deadline) this.pass(0.01);
    if (answer === undefined) request.abandon();
    this.pass(SPACING);
    return answer ?? 'none';
  }

  private ring(index: number) {
    return this.status(index).Entries!.map(({ Token, Size, Peer, Version }) => {
      return { token: Token, size: Size, peer: Peer, version: Version };
    });
  }

  private ringText(index: number): string {
    const lines = this.status(index).Entries!.map(({ Token, Size, Nickname, Version }) => {
      return `${Token} +${Size} ${Nickname} v${Version}`;
    });
    return lines.join(', ');
  }

  private status(index: number) {
    return this.cluster.weavers.get(String(index))!.allocator.status();
  }

  private compareEnd(): void {
    const { statusIpam, finalReportIPAM, peers } = this.golden;
    for (const { index, name } of peers) {
      if (!this.cluster.weavers.has(String(index))) continue;
      const shown = statusIpam[`peer ${index}`];
      const ours = printIpamStatus(this.status(index), name);
      if (shown !== undefined) this.compare(`status ipam of peer ${index}`, sorted(shown), sorted(ours));
      const report = finalReportIPAM[`peer ${index}`];
      if (report !== undefined) {
        const text = JSON.stringify(this.status(index), null, 1);
        this.compare(`report of peer ${index}`, JSON.stringify(report, null, 1), text);
      }
    }
  }

  private compare(where: string, golden: string, candidate: string): void {
    this.compared++;
    const difference = compareText(where, golden, candidate);
    if (difference !== undefined) this.differences.push(difference);
  }
}

/** Lines of other peers come in any order. */
function sorted(text: string): string {
  return (text.match(/.+/g) ?? [])
    .map((line) => line.trimEnd())
    .sort()
    .join('\n');
}

function peerSpec(
  { peers }: IpamCase,
  { index, name, nickname, init: text, targets }: z.infer<typeof peer>,
): PeerSpec {
  const [parsedName, init] = [parseMac(name), parseIpamInit(text)];
  if (parsedName === undefined || init === undefined) throw new Error(`peer ${index}: "${name}", "${text}"`);
  const others = peers
    .map((one) => one.index)
    .filter((other) => (targets === 'all others' ? other !== index : other < index));
  const wanted = Array.isArray(targets) ? targets.map((target) => Number(/\d+/.exec(target)![0])) : others;
  const options = {
    name: parsedName,
    nickname,
    init,
    targets: wanted.map(addressOf),
    datapath: 'sleeve',
  } as const;
  return {
    ...{ number: String(index), nickname, name, options, bridgeAddress: '' },
    ...{ address: addressOf(index), mac: `02:aa:00:00:${hex(index >> 8)}:${hex(index & 0xff)}` },
  };
}

function addressOf(index: number): string {
  return `192.168.${index >> 8}.${index & 0xff || 1}`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
