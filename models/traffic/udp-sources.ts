import type { EventHandler } from '../../engine/actor.ts';
import type { Network } from '../netns/network.ts';
import { NO_PATH } from '../netns/path-memo/send-paths.ts';
import { countSent } from './flow-figures.ts';
import { ELSEWHERE } from './flow-table.ts';
import type { UdpFlow, UdpPattern } from './udp-flow.ts';

const CAPACITY_START = 64;
/**
 * A source is eight words, half a cache line. The places stand as literals in the methods below and nowhere else: a
 * constant of the module would be fetched from memory each time.
 *
 *     words    0 id of its events    1 datagrams sent    2 path, as in `SendPaths`    3 flow
 *              4 pattern, -1 once it has stopped    5 place of the flow's figures
 *     doubles  3 what rounding to whole nanoseconds has put off: without it the rate would shift
 */
const WORDS_SHIFT = 3;
const DOUBLES_SHIFT = 2;
const STOPPED = -1;

/**
 * What the UDP flows of a network need for their next datagrams, side by side: with ten thousand of them, fetching each
 * as an object from somewhere in memory took a tenth of the time of a packet-hop.
 */
export class UdpSources implements EventHandler {
  private readonly network: Network;
  private words: Int32Array;
  private doubles: Float64Array;
  private readonly flows: UdpFlow[] = [];
  private readonly patterns: UdpPattern[] = [];

  constructor(network: Network) {
    this.network = network;
    const buffer = new ArrayBuffer(CAPACITY_START << (WORDS_SHIFT + 2));
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /**
   * Room for another source.
   * @param place of the flow's figures in `FlowTable`
   * @returns its number here
   */
  add(flow: UdpFlow, pattern: UdpPattern, place: number): number {
    const source = this.flows.push(flow) - 1;
    const at = source << WORDS_SHIFT;
    if (at === this.words.length) this.grow();
    const { words, patterns } = this;
    if (patterns.at(-1) !== pattern) patterns.push(pattern);
    words[at] = this.network.simulation.register(this);
    words[at + 2] = NO_PATH;
    words[at + 3] = flow.flow;
    words[at + 4] = patterns.length - 1;
    words[at + 5] = place;
    return source;
  }

  /** Schedules the first datagram, for `time` in nanoseconds. */
  begin(source: number, time: number): void {
    this.network.simulation.postTime = time;
    this.scheduleNext(source, this.patterns[this.words[(source << WORDS_SHIFT) + 4]]);
  }

  /** Stops for good. */
  cancel(source: number): void {
    this.words[(source << WORDS_SHIFT) + 4] = STOPPED;
  }

  /** The next datagram of a source is due. */
  handle(_kind: number, source: number): void {
    const { words, network } = this;
    const { simulation, flows } = network;
    const at = source << WORDS_SHIFT;
    if (words[at + 4] === STOPPED) return;
    const pattern = this.patterns[words[at + 4]];
    const size = pattern.drawSize();
    const place = words[at + 5];
    if (place === ELSEWHERE) this.flows[source].statistics.sent(simulation, size);
    else countSent(flows.figures, place, simulation, size);
    const sequence = ++words[at + 1];
    if (!this.sendByPath(at, size)) {
      const path = this.flows[source].sendBySocket(size, sequence);
      this.words[at + 2] = path;
    }
    simulation.postTime =
      simulation.now + this.doubles[(source << DOUBLES_SHIFT) + 3] + pattern.arrivals.next();
    this.scheduleNext(source, pattern);
  }

  private sendByPath(at: number, size: number): boolean {
    const { words, network } = this;
    const path = words[at + 2];
    if (path === NO_PATH) return false;
    const packet = network.pool.create();
    packet.payloadLength = size;
    packet.flow = words[at + 3];
    packet.flowSequence = words[at + 1];
    if (network.sendPaths.send(path, packet)) return true;
    network.unsend(packet);
    return false;
  }

  /** Schedules the next datagram for the simulation's `postTime`, not rounded yet. */
  private scheduleNext(source: number, pattern: UdpPattern): void {
    const { simulation } = this.network;
    const { words } = this;
    const place = source << WORDS_SHIFT;
    const due = simulation.postTime;
    const at = Math.max(Math.round(due), simulation.now);
    if (at >= pattern.stop || words[place + 1] >= pattern.packets) return;
    this.doubles[(source << DOUBLES_SHIFT) + 3] = due - at;
    simulation.postTime = at;
    simulation.postAs(words[place], words[place + 1], 0, source);
  }

  private grow(): void {
    const { words } = this;
    const buffer = new ArrayBuffer(2 * words.byteLength);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.words.set(words);
  }
}
