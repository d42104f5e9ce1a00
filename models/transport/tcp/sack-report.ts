import type { TcpConnection } from './tcp-connection.ts';

/** RFC 2018, 3: as many blocks as fit into 40 bytes of options. */
const OPTION_ROOM = 40;

/** The SACK blocks of a segment that leaves now, null for none; a duplicate is reported once (RFC 2883). */
export function sackBlocksToSend(connection: TcpConnection): Int32Array | null {
  const { receive } = connection;
  const { duplicate, sackBlocks } = receive;
  if (duplicate === null && sackBlocks.length === 0) return null;
  const room = Math.floor((OPTION_ROOM - (connection.headerLength - 20) - 4) / 8);
  const all = duplicate === null ? sackBlocks : [...duplicate, ...sackBlocks];
  receive.duplicate = null;
  return Int32Array.from(all.slice(0, 2 * room));
}
