/** TCP flags (RFC 9293, 3.1). */
export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

const OPTION = { noOperation: 1, mss: 2, windowScale: 3, sackPermitted: 4, timestamps: 8 } as const;

/** Options of a SYN in the order in which Linux writes them: MSS, SACK permitted, timestamps, window scale. */
export function synOptions(mss: number, timestamp: number, windowScale: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  bytes.set([OPTION.mss, 4]);
  view.setUint16(2, mss);
  bytes.set([OPTION.sackPermitted, 2, OPTION.timestamps, 10], 4);
  view.setUint32(8, timestamp >>> 0);
  bytes.set([OPTION.noOperation, OPTION.windowScale, 3, windowScale], 16);
  return bytes;
}
