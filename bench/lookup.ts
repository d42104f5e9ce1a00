import { Simulation } from '../engine/simulation.ts';
import { WheelQueue } from '../engine/wheel-queue.ts';
import { ForwardingDatabase } from '../models/netns/bridge/forwarding-database.ts';
import { Network } from '../models/netns/network.ts';
import type { Fib } from '../models/netns/routing/fib.ts';
import { parseIpv4, prefixMask } from '../models/wire/ipv4-address.ts';
import { type BenchRow, rowsOf } from './bench-row.ts';
import { median } from './median.ts';

/** Prefix lengths in turn: mostly pod subnets, some aggregates, some hosts. */
const PREFIX_LENGTHS = [24, 24, 24, 20, 24, 28, 24, 32];
/** Keys looked up in turn; a power of two. */
const KEYS = 1 << 16;
const ROUNDS = 5;

/** Longest-prefix match and MAC tables of several sizes: nanoseconds per look-up that finds something. */
export function benchLookup({ lookups = 4_000_000 }: { lookups?: number } = {}): BenchRow[] {
  const rows: BenchRow[] = [];
  for (const routes of [10, 1000, 100_000]) {
    const { fib, keys } = routingTable(routes);
    const value = timePerCall(lookups, (count) => lookUpRoutes(fib, keys, count));
    rows.push(...rowsOf('lookup', `${routes} routes`, [['route look-up', value, 'ns']]));
  }
  for (const entries of [10, 10_000]) {
    const { table, keys } = macTable(entries);
    const value = timePerCall(lookups, (count) => lookUpMacs(table, keys, count));
    rows.push(...rowsOf('lookup', `${entries} MAC addresses`, [['MAC look-up', value, 'ns']]));
  }
  return rows;
}

/** A namespace's tables as `ip route add` has filled them, and addresses under random routes of it. */
function routingTable(count: number): { fib: Fib; keys: Int32Array } {
  const network = new Network(new Simulation(new WheelQueue()), 1);
  const namespace = network.addNamespace('node');
  const [own, gateway] = [parseIpv4('192.168.0.1')!, parseIpv4('192.168.0.2')!];
  namespace.addBridge({ name: 'br0' });
  namespace.addAddress('br0', { address: own, prefixLength: 16 });
  namespace.setLinkUp('br0', true);
  const first = parseIpv4('10.0.0.0')!;
  for (let i = 0; i < count; i++) {
    const prefixLength = PREFIX_LENGTHS[i % PREFIX_LENGTHS.length];
    // each in a /20 of its own among those of its kind, so that none covers another
    const destination = (first + i * 4096) & prefixMask(prefixLength);
    namespace.addRoute({ destination, prefixLength, nexthops: [{ gateway }] });
  }
  const random = scatter();
  const keys = new Int32Array(KEYS).map(() => first + Math.floor(random() * count) * 4096);
  return { fib: namespace.fib, keys };
}

function macTable(count: number): { table: ForwardingDatabase; keys: Int32Array } {
  const table = new ForwardingDatabase({ noteLearnt: () => {} });
  for (let mac = 0; mac < count; mac++) table.set(mac, mac & 63, 0, 0);
  const random = scatter();
  return { table, keys: new Int32Array(KEYS).map(() => Math.floor(random() * count)) };
}

function lookUpRoutes(fib: Fib, keys: Int32Array, count: number): void {
  let found = 0;
  for (let i = 0; i < count; i++) if (fib.lookup(keys[i & (KEYS - 1)]) !== null) found++;
  if (found !== count) throw new Error(`only ${found} of ${count} addresses have a route`);
}

function lookUpMacs(table: ForwardingDatabase, keys: Int32Array, count: number): void {
  let found = 0;
  for (let i = 0; i < count; i++) if (table.find(keys[i & (KEYS - 1)]) >= 0) found++;
  if (found !== count) throw new Error(`only ${found} of ${count} addresses are in the table`);
}

/** Nanoseconds of processor time per call, the median of several rounds behind one that warms up. */
function timePerCall(count: number, call: (count: number) => void): number {
  call(count);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    call(count);
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) * 1000) / count);
  }
  return median(rounds);
}

/** The same numbers in [0, 1) in every run (MINSTD, whose products a double holds exactly). */
function scatter(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
