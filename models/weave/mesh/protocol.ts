/** Port of the control plane, TCP (mesh `Port`). */
export const MESH_PORT = 6783;

/** What each side begins with: `weave`, then the lowest and the highest version that it speaks. */
export const PROTOCOL_NAME = 'weave';
/** Version 1 is offered for form's sake: every peer of a simulation speaks 2. */
export const PROTOCOL_VERSION_MIN = 1;
export const PROTOCOL_VERSION_MAX = 2;
export const PROTOCOL_HEADER_LENGTH = PROTOCOL_NAME.length + 2;

/** Nanoseconds between heartbeats; a connection that has heard nothing for two is given up. */
export const HEARTBEAT_INTERVAL = 30e9;
export const READ_TIMEOUT = 2 * HEARTBEAT_INTERVAL;
/** What the other side may take for its header. */
export const HEADER_TIMEOUT = 10e9;

/** The first byte of a message (mesh `protocolTag`). */
export const ProtocolTag = {
  heartbeat: 0,
  /** Of sleeve's control messages, before there was more than one overlay. */
  reserved1: 1,
  reserved2: 2,
  reserved3: 3,
  gossip: 4,
  gossipUnicast: 5,
  gossipBroadcast: 6,
  overlayControl: 7,
} as const;

/** Longest message, bytes (mesh `maxTCPMsgSize`). */
export const MESSAGE_LENGTH_MAX = 10 * 1024 * 1024;
/** Of the length in front of each, big-endian. */
export const LENGTH_PREFIX = 4;
