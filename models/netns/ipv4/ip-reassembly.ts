import { DropReason } from '../../drop-reason.ts';
import { filterState } from '../../netfilter/filter-state.ts';
import { ipTotalLength, type Packet, updateIpLength } from '../../packet.ts';
import { BytesPayload } from '../../payload.ts';
import { parseTransport } from '../../wire/frame-bytes.ts';
import { IpProtocol } from '../../wire/ipv4.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Interface } from '../interface/interface.ts';
import { truesize } from '../interface/truesize.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { timerExpiry } from '../time/jiffies.ts';
import { Timer, type TimerTarget } from '../time/namespace-timer.ts';
import { corruptionOfWhole } from './corruption.ts';
import { sendIcmpError } from './icmp-error.ts';

/** Memory of a queue itself (sizeof(struct ipq)); its fragments are charged by their truesize. */
const QUEUE_SIZE = 216;

/** Fragments of one datagram, keyed by source, destination, protocol and identification (RFC 791, 3.2). */
class ReassemblyQueue implements TimerTarget {
  readonly parts: Packet[] = [];
  readonly key: string;
  /** Number of the fragment that came last, counted over all from the same host. */
  lastNumber = 0;
  private readonly user: ReassemblyUser;
  private readonly iface: Interface;
  private readonly place: number;

  constructor(iface: Interface, key: string, user: ReassemblyUser) {
    const namespace = iface.namespace;
    const { simulation, timerTargets } = namespace.network;
    this.iface = iface;
    this.key = key;
    this.user = user;
    this.place = timerTargets.add(this);
    const due = timerExpiry(simulation.now, namespace.sysctls.ipfragTime);
    this.timer = simulation.schedule(namespace, due, Timer.target, this.place);
  }

  private readonly timer: number;

  /** The rest never came: the sender is told if the first fragment is here (RFC 792, time exceeded code 1). */
  onTimer(): void {
    const namespace = this.iface.namespace;
    namespace.network.timerTargets.remove(this.place);
    this.leave();
    const first = this.parts.find((part) => part.fragmentOffset === 0);
    if (first !== undefined && this.isEndHost(first)) sendIcmpError.reassemblyTimeExceeded(namespace, first);
    for (const part of this.parts) namespace.network.drop(part, DropReason.reassemblyTimeout, this.iface);
  }

  /** Who only passes fragments on does not report (RFC 792; Linux `frag_expire_skip_icmp`). */
  private isEndHost(part: Packet): boolean {
    return this.user === 'local' || this.iface.namespace.hasAddress(part.ipDestination);
  }

  finish(): void {
    const { simulation, timerTargets } = this.iface.namespace.network;
    simulation.cancel(this.timer);
    timerTargets.remove(this.place);
    this.leave();
  }

  /** Its namespace goes away. */
  flush(): void {
    this.finish();
    for (const part of this.parts) this.iface.namespace.network.drop(part, DropReason.deviceGone, this.iface);
  }

  private leave(): void {
    const state = stateOf(this.iface.namespace);
    state.queues.delete(this.key);
    state.memory -= QUEUE_SIZE;
    for (const part of this.parts) state.memory -= truesize(part);
  }

  /** Gives up what is here and begins anew (Linux `ip_frag_reinit`). */
  restart(): void {
    const { namespace } = this.iface;
    const state = stateOf(namespace);
    for (const part of this.parts.splice(0)) {
      state.memory -= truesize(part);
      namespace.network.drop(part, DropReason.reassemblyLimit, this.iface);
    }
  }
}

/** What one namespace has under reassembly. */
interface ReassemblyState {
  queues: Map<string, ReassemblyQueue>;
  /** Bytes. */
  memory: number;
  /** Fragments that came from each host (Linux `inet_peer.rid`). */
  received: Map<Ipv4Address, number>;
}

function stateOf(namespace: NetworkNamespace): ReassemblyState {
  namespace.reassembly ??= { queues: new Map(), memory: 0, received: new Map() } satisfies ReassemblyState;
  return namespace.reassembly as ReassemblyState;
}

/** Whether so many fragments have come from the same host since that the rest is not to be expected (`ipfrag_max_dist`). */
function isTooFar(namespace: NetworkNamespace, queue: ReassemblyQueue, source: Ipv4Address): boolean {
  const { ipfragMaxDist } = namespace.sysctls;
  if (ipfragMaxDist === 0) return false;
  const { received } = stateOf(namespace);
  const number = (received.get(source) ?? 0) + 1;
  received.set(source, number);
  const distance = number - queue.lastNumber;
  queue.lastNumber = number;
  return queue.parts.length > 0 && distance > ipfragMaxDist;
}

/** The namespace goes away: nothing waits there any more (Linux `fqdir_exit`). */
export function flushReassembly(namespace: NetworkNamespace): void {
  if (namespace.reassembly === null) return;
  for (const queue of [...stateOf(namespace).queues.values()]) queue.flush();
}

/** Fragments that wait in a namespace. */
export function fragmentsWaiting(namespace: NetworkNamespace): number {
  let count = 0;
  for (const queue of stateOf(namespace).queues.values()) count += queue.parts.length;
  return count;
}

/** For whom fragments are put together (Linux `enum ip_defrag_users`): each has queues of its own. */
export type ReassemblyUser = 'local' | 'conntrack';

/** Takes a fragment (Linux `ip_defrag`); answers the whole datagram once every byte is there, else null. */
export function reassemble(iface: Interface, part: Packet, user: ReassemblyUser = 'local'): Packet | null {
  const network = iface.namespace.network;
  const { namespace } = iface;
  const state = stateOf(namespace);
  const { queues } = state;
  if (state.memory > namespace.sysctls.ipfragHighThresh || namespace.sysctls.ipfragHighThresh === 0) {
    network.drop(part, DropReason.reassemblyLimit, iface);
    return null;
  }
  const key = `${user},${part.ipSource},${part.ipDestination},${part.protocol},${part.ipId}`;
  let queue = queues.get(key);
  if (queue === undefined) {
    state.memory += QUEUE_SIZE;
    queue = new ReassemblyQueue(iface, key, user);
    queues.set(key, queue);
  }
  if (isTooFar(namespace, queue, part.ipSource)) queue.restart();
  if (hasAll(queue.parts, part)) {
    network.drop(part, DropReason.reassemblyLimit, iface);
    return null;
  }
  if (!insert(queue.parts, part)) {
    // overlapping fragments end the datagram (RFC 5722 as Linux applies it to IPv4)
    queue.finish();
    for (const other of [...queue.parts, part]) network.drop(other, DropReason.reassemblyLimit, iface);
    return null;
  }
  state.memory += truesize(part);
  if (!isComplete(queue.parts)) return null;
  queue.finish();
  return user === 'local' ? join(iface, queue.parts) : joinToPassOn(iface, queue.parts);
}

/** Whether every byte of a fragment is there already: it came twice. */
function hasAll(parts: readonly Packet[], part: Packet): boolean {
  let missingFrom = part.fragmentOffset;
  for (const { fragmentOffset, payloadLength } of parts) {
    if (fragmentOffset > missingFrom) break;
    missingFrom = Math.max(missingFrom, fragmentOffset + payloadLength);
  }
  return missingFrom >= part.fragmentOffset + part.payloadLength;
}

/** Keeps the parts in order; false when the new one overlaps another. */
function insert(parts: Packet[], part: Packet): boolean {
  let place = parts.length;
  while (place > 0 && parts[place - 1].fragmentOffset > part.fragmentOffset) place--;
  const before = parts[place - 1];
  const after = parts[place];
  if (before !== undefined && before.fragmentOffset + before.payloadLength > part.fragmentOffset)
    return false;
  if (after !== undefined && part.fragmentOffset + part.payloadLength > after.fragmentOffset) return false;
  parts.splice(place, 0, part);
  return true;
}

function isComplete(parts: readonly Packet[]): boolean {
  let end = 0;
  for (const part of parts) {
    if (part.fragmentOffset !== end) return false;
    end += part.payloadLength;
  }
  return !parts[parts.length - 1].moreFragments;
}

/** The whole datagram in the packet of its last fragment; the others have done their duty. */
function join(iface: Interface, parts: readonly Packet[]): Packet | null {
  const network = iface.namespace.network;
  const last = parts[parts.length - 1];
  const bytes = new Uint8Array(last.fragmentOffset + last.payloadLength);
  for (const part of parts) part.payload.writeTo(bytes, part.fragmentOffset, 0, part.payloadLength);
  const corruption = corruptionOfWhole(parts);
  for (const part of parts) if (part !== last) network.mergeInto(part, last);
  // the header is the first fragment's (RFC 791, 3.2)
  last.options = parts[0].options;
  last.optionState = parts[0].optionState;
  last.fragmentOffset = 0;
  last.moreFragments = false;
  last.payload = new BytesPayload(bytes);
  last.payloadLength = bytes.length;
  if (isTransportKnown(last.protocol) && !parseTransport(last, bytes)) {
    network.drop(last, DropReason.malformed, iface);
    return null;
  }
  last.corruption = corruption;
  updateIpLength(last);
  return last;
}

/** As `join`, keeping in mind how it was cut: it will be cut again (Linux `ip_frag_reasm`). */
function joinToPassOn(iface: Interface, parts: readonly Packet[]): Packet | null {
  const fragments = parts.map((part) => part.payloadLength);
  const { ttl, tos, options, source, destination, packetType, netfilter } = parts[0];
  let longest = 0;
  let longestWithDf = 0;
  for (const part of parts) {
    longest = Math.max(longest, ipTotalLength(part));
    if (part.dontFragment) longestWithDf = Math.max(longestWithDf, ipTotalLength(part));
  }
  const whole = join(iface, parts);
  if (whole === null) return null;
  Object.assign(whole, { ttl, tos, options, source, destination, packetType, netfilter });
  whole.dontFragment = longestWithDf === longest;
  updateIpLength(whole);
  const state = filterState(whole);
  state.fragments = fragments;
  state.longestFragment = longest;
  return whole;
}

function isTransportKnown(protocol: number): boolean {
  return protocol === IpProtocol.udp || protocol === IpProtocol.icmp || protocol === IpProtocol.tcp;
}
