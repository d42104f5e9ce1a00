import { MESSAGE_HEADER_LENGTH } from '../../models/traffic/tcp/message.ts';
import type { Transfer } from '../../models/traffic/tcp/trace-flow.ts';
import { type Ipv4Address, parseIpv4 } from '../../models/wire/ipv4-address.ts';
import { quote, type ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { TrafficPair } from '../plan/traffic-pairs.ts';
import { endpointAddress } from '../plan/traffic-pairs.ts';
import type { Problems } from '../problems.ts';
import { MESSAGE_MAX } from '../schema/traffic-tcp.ts';
import { parseDuration } from '../schema/units.ts';
import { matchEndpoints } from '../topology/endpoints.ts';
import type { Topology } from '../topology/topology.ts';
import { type CsvRow, csvRows } from './csv.ts';
import type { TraceTable } from './inputs.ts';
import { sizeOf } from './size-file.ts';

const required = ['time', 'src', 'dst', 'bytes'] as const;
const known = [...required, 'proto', 'sport', 'dport'] as const;
type Column = (typeof known)[number];

/** What a trace does not say line by line. */
export interface TraceDefaults {
  protocol: 'tcp' | 'udp';
  port: number;
}

/**
 * Reads a trace: a line of column names, then a transfer each line. What is wrong is reported with its place in the
 * file.
 * @returns undefined when something is wrong
 */
export function readTrace(
  text: string,
  file: string,
  defaults: TraceDefaults,
  topology: Topology,
  path: ScenarioPath,
  problems: Problems,
): TraceTable | undefined {
  const reader = new TraceReader(file, defaults, topology, path, problems);
  for (const row of csvRows(text)) {
    if (!reader.read(row)) break;
  }
  return reader.finish();
}

class TraceReader {
  private columns: Map<Column, number> | null = null;
  private sound = true;
  private readonly transfers: Transfer[][] = [];
  private count = 0;
  private readonly pairs: TrafficPair[] = [];
  private readonly pairByName = new Map<string, number>();
  private readonly senders = new Map<string, number | undefined>();
  private readonly receivers = new Map<string, Omit<TrafficPair, 'from'> | undefined>();

  constructor(
    private readonly file: string,
    private readonly defaults: TraceDefaults,
    private readonly topology: Topology,
    private readonly path: ScenarioPath,
    private readonly problems: Problems,
  ) {}

  /** Answers whether to go on. */
  read(row: CsvRow): boolean {
    if (this.columns === null) return this.readHead(row);
    this.readTransfer(row, this.columns);
    if (++this.count <= limits.rows) return true;
    const expected = `at most ${limits.rows}`;
    this.problems.error(this.path, `${quote(this.file)} has too many lines`, { expected });
    this.sound = false;
    return false;
  }

  finish(): TraceTable | undefined {
    if (this.sound && this.count === 0) {
      this.problems.error(this.path, `${quote(this.file)} has no transfers`);
    }
    if (!this.sound || this.count === 0) return undefined;
    for (const list of this.transfers) list.sort((a, b) => a.time - b.time);
    return { pairs: this.pairs, transfers: this.transfers };
  }

  private readHead(row: CsvRow): boolean {
    this.columns = new Map();
    for (const [place, name] of row.fields.entries()) {
      const column = known.find((one) => one === name.toLowerCase());
      if (column !== undefined) this.columns.set(column, place);
      else {
        const nearest = () => nearestName(name, known);
        this.report(row, place, `${quote(name)} is not a column of a trace`, known.join(', '), nearest);
      }
    }
    for (const column of required) {
      if (!this.columns.has(column)) this.report(row, 0, `the column "${column}" is missing`);
    }
    return this.sound;
  }

  private readTransfer(row: CsvRow, columns: Map<Column, number>): void {
    const place = (column: Column) => columns.get(column) ?? -1;
    const field = (column: Column) => row.fields[place(column)] ?? '';
    const check = <T>(column: Column, value: T | undefined, expected: string, nearest?: Nearest) => {
      if (value === undefined)
        this.report(row, place(column), wrong(column, field(column)), expected, nearest);
      return value;
    };
    const time = check('time', timeOf(field('time')), 'seconds such as 1.5, or a duration such as 20ms');
    const from = check('src', this.senderOf(field('src')), endpointForm, () =>
      this.nearestEndpoint(field('src')),
    );
    const to = check('dst', this.receiverOf(field('dst')), endpointForm, () =>
      this.nearestEndpoint(field('dst')),
    );
    const udp = check('proto', this.isUdp(field('proto')), 'tcp or udp');
    const limit = udp ? [0, 65507] : [MESSAGE_HEADER_LENGTH, MESSAGE_MAX];
    const bytes = check(
      'bytes',
      within(sizeOf(field('bytes')), limit),
      `bytes from ${limit[0]} to ${limit[1]}`,
    );
    const sourcePort = check('sport', portOf(field('sport'), 0), 'a port');
    const port = check('dport', portOf(field('dport'), this.defaults.port), 'a port');
    if (time === undefined || from === undefined || to === undefined || udp === undefined) return;
    if (bytes === undefined || sourcePort === undefined || port === undefined) return;
    if (to.to === from) this.report(row, place('dst'), 'it sends to itself');
    else this.transfersOf(from, to).push({ time, bytes, udp, sourcePort, port });
  }

  private transfersOf(from: number, receiver: Omit<TrafficPair, 'from'>): Transfer[] {
    const name = `${from} ${receiver.to ?? ''} ${receiver.address}`;
    let pair = this.pairByName.get(name);
    if (pair === undefined) {
      pair = this.pairs.push({ from, ...receiver }) - 1;
      this.pairByName.set(name, pair);
      this.transfers.push([]);
    }
    return this.transfers[pair];
  }

  private isUdp(text: string): boolean | undefined {
    const protocol = text === '' ? this.defaults.protocol : text.toLowerCase();
    if (protocol === 'udp' || protocol === '17') return true;
    return protocol === 'tcp' || protocol === '6' ? false : undefined;
  }

  private senderOf(text: string): number | undefined {
    if (!this.senders.has(text)) this.senders.set(text, this.findEndpoint(text));
    return this.senders.get(text);
  }

  /** An address as such will do as well. */
  private receiverOf(text: string): Omit<TrafficPair, 'from'> | undefined {
    if (!this.receivers.has(text)) {
      const to = this.findEndpoint(text);
      const address = to === undefined ? parseIpv4(text) : endpointAddress(this.topology, to);
      this.receivers.set(text, address === undefined ? undefined : { to, address });
    }
    return this.receivers.get(text);
  }

  /** By name, with or without pod/, node/ or router/, or by address. */
  private findEndpoint(text: string): number | undefined {
    const address = parseIpv4(text);
    if (address !== undefined) return this.ownerOf(address);
    const names = text.includes('/') ? [text] : [`pod/${text}`, `node/${text}`, `router/${text}`];
    for (const name of text === '' || text.includes('*') ? [] : names) {
      const set = matchEndpoints(name, this.topology);
      if (!('problem' in set) && set.endpoints.length === 1) return set.endpoints[0];
    }
    return undefined;
  }

  private ownerOf(address: Ipv4Address): number | undefined {
    const { hosts, pods } = this.topology;
    const pod = pods.address.indexOf(address);
    if (pod >= 0) return hosts.length + pod;
    const host = hosts.findIndex(({ nics }) => nics.some((nic) => nic.address?.address === address));
    return host < 0 ? undefined : host;
  }

  private nearestEndpoint(text: string): string | undefined {
    if (!text.includes('/')) return undefined;
    const set = matchEndpoints(text, this.topology);
    return 'problem' in set ? set.problem.findNearest() : undefined;
  }

  private report(row: CsvRow, place: number, message: string, expected?: string, nearest?: Nearest): void {
    this.sound = false;
    const column = row.columns[place] ?? row.columns.at(-1)!;
    const where = { file: this.file, line: row.line, column };
    this.problems.error(this.path, message, { expected, nearest, place: where });
  }
}

type Nearest = () => string | undefined;

const endpointForm = 'pod/NAME, node/NAME, router/NAME, a name, or an IPv4 address';

function wrong(column: Column, text: string): string {
  return text === '' ? `there is no ${column}` : `${quote(text)} is not right for ${column}`;
}

/** Nanoseconds. */
function timeOf(text: string): number | undefined {
  if (/^\d{1,7}(\.\d{1,12})?$/.test(text)) return Math.round(Number(text) * 1e9);
  const time = parseDuration(text);
  return typeof time === 'number' ? time : undefined;
}

function portOf(text: string, standard: number): number | undefined {
  if (text === '') return standard;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function within(value: number, [low, high]: number[]): number | undefined {
  return value >= low && value <= high ? value : undefined;
}
