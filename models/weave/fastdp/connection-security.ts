import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { NetworkNamespace } from '../../netns/network-namespace.ts';
import type { PolicySpec } from '../../netns/xfrm/xfrm.ts';
import { readUint32, writeMac, writeUint32 } from '../../wire/big-endian.ts';
import { ESP_KEY_LENGTH } from '../../wire/esp.ts';
import type { Ipv4Address } from '../../wire/ipv4-address.ts';
import type { PeerName } from '../peer-name.ts';

const NONCE_LENGTH = 32;
const SPI_LENGTH = 4;
/** Numbers below are reserved (RFC 4303, 2.1). */
const SPI_MIN = 256;
/** Packets that may overtake one another. */
const REPLAY_WINDOW = 64;
const NAME_LENGTH = 8;

/** Whose datagrams are encrypted. */
export interface SecuredConnection {
  readonly namespace: NetworkNamespace;
  readonly localName: PeerName;
  readonly remoteName: PeerName;
  readonly localAddress: Ipv4Address;
  readonly remoteAddress: Ipv4Address;
  /** UDP port of VXLAN. */
  readonly port: number;
  /** 32 bytes. */
  readonly sessionKey: Uint8Array;
  readonly connectionUid: bigint;
}

/**
 * ESP around the VXLAN datagrams of a connection (weave `net/ipsec`, `docs/fastdp-crypto.md`): each direction has a key
 * that its receiver decides on, by a nonce that it sends to the other over TCP.
 */
export class ConnectionSecurity {
  private readonly connection: SecuredConnection;
  /** How to take away again what was set up. */
  private readonly undo: (() => void)[] = [];
  private outbound = false;

  constructor(connection: SecuredConnection) {
    this.connection = connection;
  }

  /** What is sent is encrypted. */
  get encryptsOutbound(): boolean {
    return this.outbound;
  }

  /** Sets up what comes in. @returns what the other end has to know for it: nonce and index (`InitSARemote`) */
  openInbound(): Uint8Array {
    const { namespace, localName, remoteName, localAddress, remoteAddress, connectionUid } = this.connection;
    const owner = `${localName}:${remoteName}:${connectionUid}`;
    const draws = namespace.network.random.stream('weave_ipsec', owner);
    const message = new Uint8Array(NONCE_LENGTH + SPI_LENGTH);
    for (let i = 0; i < NONCE_LENGTH; i++) message[i] = draws.integer(0, 255);
    const xfrm = namespace.openXfrm();
    let spi = 0;
    while (spi < SPI_MIN || xfrm.find(localAddress, spi) !== undefined)
      spi = draws.integer(SPI_MIN, 0x7fffffff);
    writeUint32(message, NONCE_LENGTH, spi);
    const key = this.deriveKey(message.subarray(0, NONCE_LENGTH), localName);
    this.install('in', remoteAddress, localAddress, spi, key);
    return message;
  }

  /** Sets up what goes out. Answers false when the message is not all there. */
  openOutbound(message: Uint8Array): boolean {
    if (message.length !== NONCE_LENGTH + SPI_LENGTH) return false;
    const { remoteName, localAddress, remoteAddress } = this.connection;
    const key = this.deriveKey(message.subarray(0, NONCE_LENGTH), remoteName);
    this.install('out', localAddress, remoteAddress, readUint32(message, NONCE_LENGTH), key);
    this.outbound = true;
    return true;
  }

  close(): void {
    for (const undo of this.undo.splice(0)) undo();
  }

  private install(
    direction: PolicySpec['direction'],
    source: Ipv4Address,
    destination: Ipv4Address,
    spi: number,
    key: Uint8Array,
  ): void {
    const { namespace, port } = this.connection;
    const xfrm = namespace.openXfrm();
    const policy: PolicySpec = { direction, source, destination, destinationPort: port, spi };
    xfrm.addState({ source, destination, spi, key, replayWindow: REPLAY_WINDOW });
    xfrm.setPolicy(policy);
    this.undo.push(() => {
      xfrm.deletePolicy(policy);
      xfrm.deleteState(destination, spi);
    });
  }

  /** @param receiver whose nonce it is */
  private deriveKey(nonce: Uint8Array, receiver: PeerName): Uint8Array {
    const info = new Uint8Array(NAME_LENGTH);
    writeMac(info, NAME_LENGTH - 6, receiver);
    return hkdf(sha256, this.connection.sessionKey, nonce, info, ESP_KEY_LENGTH);
  }
}
