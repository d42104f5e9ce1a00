import { readMac, readUint16, readUint32, writeMac, writeUint16, writeUint32 } from './big-endian.ts';
import { formatMac, type MacAddress } from './mac-address.ts';
import { ParseError } from './parse-error.ts';

/**
 * Bridge protocol data units of the spanning tree protocol (IEEE 802.1D-1998, 9), behind the header of logical link
 * control that they travel with (42 42 03).
 *
 *     0     3          5         6      7       8      16     20       28     30    32     34     36      38
 *     | LLC | protocol | version | type | flags | root | cost | bridge | port | age | max | hello | delay |
 */

/** 01:80:c2:00:00:00, where bridges listen. */
export const BRIDGE_GROUP_ADDRESS: MacAddress = 0x0180c2000000;

/** Bytes of a configuration message and of a topology change notification, LLC included. */
export const CONFIG_BPDU_LENGTH = 38;
export const TCN_BPDU_LENGTH = 7;

const LLC = [0x42, 0x42, 0x03];
const TYPE_CONFIG = 0;
const TYPE_TCN = 0x80;
const FLAG_TOPOLOGY_CHANGE = 0x01;
const FLAG_ACKNOWLEDGED = 0x80;

/** Priority and address of a bridge; the lower one is better. */
export interface BridgeId {
  /** 0 to 65,535. */
  priority: number;
  mac: MacAddress;
}

/** Times are in 256ths of a second. */
export interface ConfigBpdu {
  type: 'config';
  topologyChange: boolean;
  topologyChangeAck: boolean;
  root: BridgeId;
  rootPathCost: number;
  bridge: BridgeId;
  port: number;
  messageAge: number;
  maxAge: number;
  helloTime: number;
  forwardDelay: number;
}

export type Bpdu = ConfigBpdu | { type: 'tcn' };

const TRUNCATED = new ParseError('truncated', 'BPDU shorter than its fields');
const OTHER = new ParseError('unsupported', 'not a BPDU of 802.1D');

/** Reads what stands behind the length field of an 802.3 frame, of which the bytes up to `end` are there. */
export function parseBpdu(bytes: Uint8Array, offset: number, end: number): Bpdu | ParseError {
  const available = Math.min(end, bytes.length) - offset;
  if (available < TCN_BPDU_LENGTH) return TRUNCATED;
  const isBpdu = LLC.every((byte, place) => bytes[offset + place] === byte);
  if (!isBpdu || readUint16(bytes, offset + 3) !== 0 || bytes[offset + 5] !== 0) return OTHER;
  const type = bytes[offset + 6];
  if (type === TYPE_TCN) return { type: 'tcn' };
  if (type !== TYPE_CONFIG) return OTHER;
  if (available < CONFIG_BPDU_LENGTH) return TRUNCATED;
  const flags = bytes[offset + 7];
  return {
    type: 'config',
    topologyChange: (flags & FLAG_TOPOLOGY_CHANGE) !== 0,
    topologyChangeAck: (flags & FLAG_ACKNOWLEDGED) !== 0,
    root: readBridgeId(bytes, offset + 8),
    rootPathCost: readUint32(bytes, offset + 16),
    bridge: readBridgeId(bytes, offset + 20),
    port: readUint16(bytes, offset + 28),
    messageAge: readUint16(bytes, offset + 30),
    maxAge: readUint16(bytes, offset + 32),
    helloTime: readUint16(bytes, offset + 34),
    forwardDelay: readUint16(bytes, offset + 36),
  };
}

/** Writes a message with its LLC header and returns its length. */
export function emitBpdu(bytes: Uint8Array, offset: number, bpdu: Bpdu): number {
  bytes.set(LLC, offset);
  bytes.fill(0, offset + 3, offset + 6);
  if (bpdu.type === 'tcn') {
    bytes[offset + 6] = TYPE_TCN;
    return TCN_BPDU_LENGTH;
  }
  bytes[offset + 6] = TYPE_CONFIG;
  bytes[offset + 7] =
    (bpdu.topologyChange ? FLAG_TOPOLOGY_CHANGE : 0) | (bpdu.topologyChangeAck ? FLAG_ACKNOWLEDGED : 0);
  writeBridgeId(bytes, offset + 8, bpdu.root);
  writeUint32(bytes, offset + 16, bpdu.rootPathCost);
  writeBridgeId(bytes, offset + 20, bpdu.bridge);
  writeUint16(bytes, offset + 28, bpdu.port);
  writeUint16(bytes, offset + 30, bpdu.messageAge);
  writeUint16(bytes, offset + 32, bpdu.maxAge);
  writeUint16(bytes, offset + 34, bpdu.helloTime);
  writeUint16(bytes, offset + 36, bpdu.forwardDelay);
  return CONFIG_BPDU_LENGTH;
}

function readBridgeId(bytes: Uint8Array, offset: number): BridgeId {
  return { priority: readUint16(bytes, offset), mac: readMac(bytes, offset + 2) };
}

function writeBridgeId(bytes: Uint8Array, offset: number, { priority, mac }: BridgeId): void {
  writeUint16(bytes, offset, priority);
  writeMac(bytes, offset + 2, mac);
}

/** Negative when `a` is the better of two bridges, 0 when they are the same. */
export function compareBridgeIds(a: BridgeId, b: BridgeId): number {
  return a.priority - b.priority || a.mac - b.mac;
}

/** The message as tcpdump prints it behind the addresses. @param length bytes of the message with its LLC header */
export function printBpdu(bpdu: Bpdu, length: number): string {
  if (bpdu.type === 'tcn') return `STP 802.1d, Topology Change`;
  const flags = [
    bpdu.topologyChange ? 'Topology change' : '',
    bpdu.topologyChangeAck ? 'Topology change ACK' : '',
  ]
    .filter((flag) => flag !== '')
    .join(', ');
  const port = bpdu.port.toString(16).padStart(4, '0');
  return `STP 802.1d, Config, Flags [${flags || 'none'}], bridge-id ${bridgeIdText(bpdu.bridge)}.${port}, length ${length - 3}`;
}

/** `8000.02:00:00:00:01:00` */
function bridgeIdText({ priority, mac }: BridgeId): string {
  return `${priority.toString(16).padStart(4, '0')}.${formatMac(mac)}`;
}
