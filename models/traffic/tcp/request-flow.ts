import type { EventHandle } from '../../../engine/event-queue.ts';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { TcpOptions } from '../../transport/tcp/tcp-connection.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { Arrivals } from '../arrivals.ts';
import { type FailureReason, MessageConnection, type MessageListener } from './message-connection.ts';
import { TcpProcess } from './tcp-process.ts';
import type { TcpStatistics } from './tcp-statistics.ts';

/** Requests come when they come, whether or not earlier ones are answered. */
export interface OpenLoop {
  arrivals: Arrivals;
  /** Connections at the same time; further requests wait for one. */
  connections: number;
}

/** Each user sends a request, waits for the answer, thinks, and sends the next. */
export interface ClosedLoop {
  users: number;
  /** Nanoseconds. */
  think: () => number;
}

/** What requests are like, and when they are sent. */
export interface RequestPattern {
  port: number;
  options: TcpOptions;
  load: OpenLoop | ClosedLoop;
  /** Bytes of the next request, and of its answer. */
  requestSize: () => number;
  answerSize: () => number;
  /** A connection serves one request after the other; else each has its own. */
  reuse: boolean;
  /** Nanoseconds until a request is given up; Infinity for never. */
  timeout: number;
  /** None is sent from then on. */
  stop: number;
  /** Requests at most. */
  count: number;
}

interface Request {
  number: number;
  /** Nanoseconds: when it came, also if it had to wait for a connection. */
  since: number;
  length: number;
  answer: number;
  /** Of a closed loop; -1 for none. */
  user: number;
  connection: RequestConnection | null;
  timer: EventHandle | null;
  slot: number;
}

class RequestConnection extends MessageConnection {
  request: Request | null = null;
  /** Whose it is; -1 for nobody's. */
  user = -1;
}

const ARRIVAL = 1;
const THOUGHT = 2;
const TIMEOUT = 3;
const STOP = 4;

/** Sends requests from one namespace to one address, each with an answer; what counts is how long that took. */
export class RequestFlow extends TcpProcess implements MessageListener {
  private readonly statistics: TcpStatistics;
  private readonly to: Ipv4Address;
  private readonly pattern: RequestPattern;
  private readonly flow: number;
  /** Requests under way by slot, and slots that are free. */
  private readonly requests: (Request | null)[] = [];
  private readonly freeSlots: number[] = [];
  /** Connections without a request. A user keeps the own one. */
  private readonly idle: RequestConnection[] = [];
  /** Those without a connection, in the order in which they came. */
  private readonly waiting = new Set<Request>();
  private open = 0;
  private issued = 0;
  private due = 0;
  private over = false;

  constructor(
    namespace: NetworkNamespace,
    statistics: TcpStatistics,
    to: Ipv4Address,
    pattern: RequestPattern,
  ) {
    super(namespace);
    this.statistics = statistics;
    this.to = to;
    this.pattern = pattern;
    this.flow = namespace.network.flows.add(statistics);
  }

  begin(): void {
    const { load, stop } = this.pattern;
    this.statistics.countUntil = stop;
    this.due = this.simulation.now;
    this.at(stop, STOP, 0);
    if ('users' in load) for (let user = 0; user < load.users; user++) this.thinkThenSend(user);
    else this.awaitArrival(load);
  }

  /** Stops for good: its pod is gone. */
  cancel(): void {
    this.stopSending();
    this.waiting.clear();
    for (const request of this.requests) {
      if (request === null) continue;
      request.connection?.close();
      this.forget(request);
    }
  }

  answered(connection: MessageConnection): void {
    const { request } = connection as RequestConnection;
    if (request === null) return;
    this.statistics.flow.answered(request.since, request.answer, this.simulation);
    this.end(request);
    this.release(connection as RequestConnection);
  }

  failed(connection: MessageConnection, reason: FailureReason): void {
    const { request } = connection as RequestConnection;
    this.open--;
    if (request === null) {
      // an idle connection that the server has closed
      this.idle.splice(this.idle.indexOf(connection as RequestConnection), 1);
      return;
    }
    this.statistics.connectionFailed(reason);
    this.giveUp(request, reason);
    this.serveWaiting();
  }

  protected override timeReached(kind: number, argument: number): void {
    switch (kind) {
      case ARRIVAL:
        this.arrive();
        break;
      case THOUGHT:
        this.send(argument);
        break;
      case TIMEOUT:
        this.timeOut(this.requests[argument]!);
        break;
      case STOP:
        this.stopSending();
    }
  }

  private awaitArrival({ arrivals }: OpenLoop): void {
    this.due += arrivals.next();
    if (this.mayBegin(this.due)) this.at(this.due, ARRIVAL, 0);
  }

  private arrive(): void {
    this.send(-1);
    this.awaitArrival(this.pattern.load as OpenLoop);
  }

  private thinkThenSend(user: number): void {
    const due = this.simulation.now + (this.pattern.load as ClosedLoop).think();
    if (this.mayBegin(due)) this.at(due, THOUGHT, user);
  }

  private mayBegin(time: number): boolean {
    return !this.over && time < this.pattern.stop && this.issued < this.pattern.count;
  }

  private send(user: number): void {
    const { now } = this.simulation;
    if (!this.mayBegin(now)) return;
    const { requestSize, answerSize, timeout } = this.pattern;
    const slot = this.freeSlots.pop() ?? this.requests.length;
    const request: Request = {
      number: this.issued++,
      since: now,
      length: requestSize(),
      answer: answerSize(),
      user,
      connection: null,
      timer: null,
      slot,
    };
    this.requests[slot] = request;
    this.statistics.flow.sent(this.simulation, request.length + request.answer);
    if (timeout !== Number.POSITIVE_INFINITY) request.timer = this.at(now + timeout, TIMEOUT, slot);
    this.waiting.add(request);
    this.serveWaiting();
  }

  /** Gives connections to those that wait, first come first served. */
  private serveWaiting(): void {
    for (const request of this.waiting) {
      const connection = this.takeIdle(request.user) ?? this.connect(request.user);
      if (connection === null) return;
      this.waiting.delete(request);
      request.connection = connection;
      connection.request = request;
      connection.send(request.number, request.length, request.answer);
    }
  }

  /** Of nobody's the one that was used last. */
  private takeIdle(user: number): RequestConnection | undefined {
    if (user < 0) return this.idle.pop();
    const place = this.idle.findIndex((connection) => connection.user === user);
    return place < 0 ? undefined : this.idle.splice(place, 1)[0];
  }

  private connect(user: number): RequestConnection | null {
    const { load, port, options } = this.pattern;
    if (!('users' in load) && this.open >= load.connections) return null;
    const connection = new RequestConnection(this, this.statistics, this.flow, this);
    connection.user = user;
    this.open++;
    connection.connect(this.to, port, options);
    return connection;
  }

  /** A connection has served its request. */
  private release(connection: RequestConnection): void {
    connection.request = null;
    if (this.pattern.reuse && !this.over) this.idle.push(connection);
    else this.close(connection);
    this.serveWaiting();
  }

  private close(connection: RequestConnection): void {
    this.open--;
    connection.close();
  }

  private timeOut(request: Request): void {
    const { connection } = request;
    request.timer = null;
    // an answer that is still to come would be taken for the next one's
    if (connection === null) this.waiting.delete(request);
    else this.close(connection);
    this.giveUp(request, 'timeout');
    this.serveWaiting();
  }

  private giveUp(request: Request, reason: string): void {
    this.statistics.flow.failed(request.since, reason);
    this.end(request);
  }

  private end(request: Request): void {
    this.forget(request);
    if (request.user >= 0) this.thinkThenSend(request.user);
  }

  private forget(request: Request): void {
    if (request.timer !== null) this.simulation.cancel(request.timer);
    this.requests[request.slot] = null;
    this.freeSlots.push(request.slot);
  }

  private stopSending(): void {
    this.over = true;
    for (const connection of this.idle) this.close(connection);
    this.idle.length = 0;
  }
}
