import type { TcpConnection } from '../../transport/tcp/tcp-connection.ts';
import { formatIpv4 } from '../../wire/ipv4-address.ts';
import { parseMac } from '../../wire/mac-address.ts';
import type { Alarm } from '../alarms.ts';
import { formatPeerName, type PeerName } from '../peer-name.ts';
import { GobError } from '../wire/gob.ts';
import { ByteStream } from './byte-stream.ts';
import { BytesContent, type Content } from './content.ts';
import { GossipError } from './gossip.ts';
import type { GossipConnection } from './gossip-channels.ts';
import { decodeGossip } from './gossip-codec.ts';
import { GossipSenders } from './gossip-sender.ts';
import { handshake } from './handshake.ts';
import { drawUint64, type MeshProcess } from './mesh-process.ts';
import { Message } from './message.ts';
import { ConnectionError, type MessageStream, type Routine, type Wait } from './message-stream.ts';
import type { Features, OverlayConnection } from './overlay.ts';
import { type ConnectionSummary, Peer } from './peer.ts';
import { HEADER_TIMEOUT, HEARTBEAT_INTERVAL, ProtocolTag, READ_TIMEOUT } from './protocol.ts';
import { SHORT_ID_BITS } from './short-ids.ts';

const PEER_NAME_FLAVOUR = 'mac';
const REQUIRED_FEATURES = ['PeerNameFlavour', 'Name', 'NickName', 'UID', 'ConnID'];

const NOTHING = new BytesContent(new Uint8Array());

/** This peer's end of a connection, from the TCP connection on (mesh `LocalConnection`). */
export class MeshConnection implements ConnectionSummary, GossipConnection {
  readonly address: string;
  readonly outbound: boolean;
  established = false;
  /** The same number at both ends, once the handshake is over. */
  uid: bigint;
  /** Null until the handshake has told. */
  remotePeer: Peer | null = null;
  overlayConnection: OverlayConnection | null = null;
  readonly senders: GossipSenders;
  ended = false;
  private readonly process: MeshProcess;
  private readonly tcp: TcpConnection;
  private readonly stream: ByteStream;
  private messages: MessageStream | null = null;
  private readonly trustRemote: boolean;
  private trustedByRemote = false;
  /** What reads from the stream, what it waits for, and whether that is something else than bytes. */
  private readonly routine: Routine<void>;
  private wanted = 0;
  private held = false;
  private running = false;
  private deliverIsDue = false;
  private deadline: Alarm | null = null;
  private heartbeat: Alarm | null = null;

  /** @param acceptNewPeer whether it may be somebody whom nobody has told of */
  constructor(process: MeshProcess, tcp: TcpConnection, outbound: boolean, acceptNewPeer: boolean) {
    this.process = process;
    this.tcp = tcp;
    this.outbound = outbound;
    this.address = `${formatIpv4(tcp.remoteAddress)}:${tcp.remotePort}`;
    this.trustRemote = process.trusts(tcp.remoteAddress);
    this.uid = drawUint64(process.random('weave_uid'));
    this.senders = new GossipSenders(process.peers.local.name, () => this.deliverSoon());
    this.stream = new ByteStream(tcp, process.alarms);
    this.stream.onWake = () => this.wake();
    this.routine = this.run(acceptNewPeer);
  }

  get remote(): PeerName {
    return this.remotePeer!.name;
  }

  /** Whether frames to this peer are to be encrypted, if there is a password at all. */
  get untrusted(): boolean {
    return !this.trustRemote || !this.trustedByRemote;
  }

  start(): void {
    this.setDeadline(HEADER_TIMEOUT);
    this.advance();
  }

  sendMessage(tag: number, content: Content): boolean {
    if (this.ended || this.messages === null) return false;
    const message = new Message(tag, content);
    const error = this.messages.send(message);
    if (error !== null) this.shutDown(new ConnectionError(error));
    else this.process.noteSent(message.length);
    return error === null;
  }

  log(text: string): void {
    this.process.log(`->[${this.address}|${this.remotePeer}]: ${text}`);
  }

  /** Ends it: the other side gets a reset (mesh `teardown`). */
  shutDown(error: ConnectionError): void {
    if (this.ended) return;
    const { remotePeer, process } = this;
    if (remotePeer !== null) this.log(`connection shutting down due to error: ${error.message}`);
    else {
      const what = `connection shutting down due to error during handshake: ${error.message}`;
      process.log(`->[${this.address}] ${what}`);
    }
    this.close();
    if (remotePeer === null) process.connectionMaker.terminated(this, error);
    else {
      process.peers.release(remotePeer);
      process.local.delete(this, () => process.connectionMaker.terminated(this, error));
    }
  }

  /** The process has died. */
  close(): void {
    this.ended = true;
    this.stream.reset();
    this.deadline?.cancel();
    this.heartbeat?.cancel();
    this.overlayConnection?.stop();
  }

  // --- from the handshake to the end

  private *run(acceptNewPeer: boolean): Routine<void> {
    const { process } = this;
    const intro = yield* handshake(this.stream, {
      features: this.ownFeatures(),
      password: process.password,
      outbound: this.outbound,
      random: process.random('weave_key'),
      headerDone: () => this.setDeadline(READ_TIMEOUT),
    });
    this.messages = intro.messages;
    const remote = this.readFeatures(intro.features);
    this.register(remote, acceptNewPeer);
    const isRestarted = this.remotePeer!.uid !== remote.uid;
    this.log(`connection ready; using protocol version ${intro.version}`);
    this.prepareOverlay(intro.features, this.untrusted ? intro.sessionKey : null);
    yield* this.join(isRestarted);
    process.connectionMaker.created(this);
    this.confirmOverlay();
    this.scheduleHeartbeat();
    yield* this.receiveMessages();
  }

  private ownFeatures(): Features {
    const { local } = this.process.peers;
    const features: Features = new Map([
      ['PeerNameFlavour', PEER_NAME_FLAVOUR],
      ['Name', formatPeerName(local.name)],
      ['NickName', local.nickname],
      ['ShortID', String(local.shortId)],
      ['UID', String(local.uid)],
      ['ConnID', String(this.uid)],
      ['Trusted', String(this.trustRemote)],
    ]);
    this.process.overlay.addFeaturesTo(features);
    return features;
  }

  /** Who the other side says that it is. */
  private readFeatures(features: Features): Peer {
    for (const key of REQUIRED_FEATURES) {
      if (!features.has(key)) throw new ConnectionError(`field ${key} is missing`);
    }
    const flavour = features.get('PeerNameFlavour');
    if (flavour !== PEER_NAME_FLAVOUR) {
      const both = `(ours: '${PEER_NAME_FLAVOUR}', theirs: '${flavour}')`;
      throw new ConnectionError(`Peer name flavour mismatch ${both}`);
    }
    const text = features.get('Name')!;
    const name = parseMac(text);
    if (name === undefined) throw new ConnectionError(`address ${text}: invalid MAC address`);
    const shortId = features.has('ShortID') ? parseUint(features.get('ShortID')!, SHORT_ID_BITS) : null;
    this.trustedByRemote = features.get('Trusted') === 'true';
    const uid = parseUint(features.get('UID')!, 64);
    this.uid ^= parseUint(features.get('ConnID')!, 64);
    const peer = new Peer(name, features.get('NickName')!, uid, Number(shortId ?? 0n));
    peer.hasShortId = shortId !== null;
    return peer;
  }

  private register(remote: Peer, acceptNewPeer: boolean): void {
    const { peers } = this.process;
    const known = acceptNewPeer ? peers.fetchOrAdd(remote) : peers.fetch(remote.name);
    if (known === undefined) {
      const name = formatPeerName(remote.name);
      throw new ConnectionError(`Found unknown remote name: ${name} at ${this.address}`);
    }
    if (!acceptNewPeer) peers.hold(known);
    this.remotePeer = known;
    const { local } = peers;
    if (known !== local) return;
    if (remote.uid === local.uid) throw new ConnectionError('cannot connect to ourself', 'self');
    throw new ConnectionError(`local "${local}" and remote "${remote}" peer names collision`, 'collision');
  }

  private prepareOverlay(features: Features, sessionKey: Uint8Array | null): void {
    const { tcp, outbound } = this;
    const prepared = this.process.overlay.prepareConnection({
      remotePeer: this.remotePeer!,
      localAddress: tcp.localAddress,
      remoteAddress: tcp.remoteAddress,
      remotePort: outbound ? tcp.remotePort : 0,
      outbound,
      connectionUid: this.uid,
      sessionKey,
      sendControlMessage: (tag, message) => this.sendMessage(tag, new BytesContent(message)),
      features,
    });
    if (typeof prepared === 'string') throw new ConnectionError(prepared);
    this.overlayConnection = prepared;
  }

  /** Becomes one of the local peer's connections, unless that has a better one. */
  private *join(isRestarted: boolean): Routine<void> {
    let refusal: ConnectionError | null = null;
    yield (resume) => {
      this.process.local.add(this, isRestarted, (error) => {
        refusal = error;
        resume();
      });
    };
    if (refusal !== null) throw refusal;
  }

  private confirmOverlay(): void {
    const overlay = this.overlayConnection!;
    overlay.onEstablished = () => {
      if (this.ended) return;
      overlay.onEstablished = null;
      this.established = true;
      this.process.local.established(this);
    };
    overlay.onError = (error) => this.shutDown(new ConnectionError(error));
    overlay.confirm();
  }

  private scheduleHeartbeat(): void {
    this.heartbeat = this.process.alarms.after(HEARTBEAT_INTERVAL, () => {
      if (this.sendMessage(ProtocolTag.heartbeat, NOTHING)) this.scheduleHeartbeat();
    });
  }

  private *receiveMessages(): Routine<never> {
    for (;;) {
      this.setDeadline(READ_TIMEOUT);
      const received = yield* this.messages!.receive();
      if (received.length === 0) this.log('ignoring blank msg');
      else yield* this.handle(Message.of(received));
    }
  }

  private *handle({ tag, content }: Message): Routine<void> {
    switch (tag) {
      case ProtocolTag.heartbeat:
        return;
      case ProtocolTag.reserved1:
      case ProtocolTag.reserved2:
      case ProtocolTag.reserved3:
      case ProtocolTag.overlayControl:
        this.overlayConnection!.controlMessage(tag, content.bytes());
        return;
      case ProtocolTag.gossip:
      case ProtocolTag.gossipUnicast:
      case ProtocolTag.gossipBroadcast: {
        const { channels, routes } = this.process;
        const message = decodeGossip(tag, content);
        // what passes it on waits for the routes, and with it what reads from this connection
        const waits = channels.get(message.channel).deliver(tag, message);
        if (waits) yield (resume) => routes.afterRecalculation(resume);
        return;
      }
      default:
        this.log(`ignoring unknown protocol tag: ${tag}`);
    }
  }

  // --- what makes the routine go on

  private wake(): void {
    this.deliver();
    this.advance();
  }

  private advance(): void {
    if (this.running) return;
    this.running = true;
    while (!this.ended && !this.held) {
      const bytes = this.stream.take(this.wanted);
      if (bytes !== null) this.resume(() => this.routine.next(bytes));
      else {
        const error = this.stream.readError;
        if (error === null) break;
        this.fail(error);
      }
    }
    this.running = false;
  }

  private fail(error: string): void {
    this.resume(() => this.routine.throw(new ConnectionError(error)));
  }

  private resume(step: () => IteratorResult<Wait, void>): void {
    try {
      const { value } = step();
      if (typeof value === 'number') this.wanted = value;
      else if (value !== undefined) this.waitFor(value);
    } catch (error) {
      this.shutDown(asConnectionError(error));
    }
  }

  private waitFor(subscribe: (resume: () => void) => void): void {
    this.held = true;
    this.wanted = 0;
    subscribe(() => {
      this.held = false;
      this.advance();
    });
  }

  private setDeadline(delay: number): void {
    this.deadline?.cancel();
    this.deadline = this.process.alarms.after(delay, () => {
      this.deadline = null;
      if (!this.held) this.fail(this.stream.timeoutError);
    });
  }

  /** All that has waited for the routes to be calculated makes one message. */
  private deliverSoon(): void {
    if (this.deliverIsDue) return;
    this.deliverIsDue = true;
    this.process.ready.add(() => {
      this.deliverIsDue = false;
      this.deliver();
    });
  }

  private deliver(): void {
    if (this.ended || this.messages === null) return;
    this.senders.deliver(
      (tag, payload) => this.sendMessage(tag, payload),
      () => this.ended || this.messages!.congested,
    );
  }
}

/** Errors that are the other side's fault end the connection; others are ours. */
function asConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  if (error instanceof GossipError || error instanceof GobError) return new ConnectionError(error.message);
  throw error;
}

/** Go's `strconv.ParseUint`. */
function parseUint(text: string, bits: number): bigint {
  const quoted = JSON.stringify(text);
  if (!/^\d+$/.test(text)) throw new ConnectionError(`strconv.ParseUint: parsing ${quoted}: invalid syntax`);
  const value = BigInt(text);
  if (value >= 1n << BigInt(bits)) {
    throw new ConnectionError(`strconv.ParseUint: parsing ${quoted}: value out of range`);
  }
  return value;
}
