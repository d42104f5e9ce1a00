import { arrived } from './arrived-segment.ts';
import { after } from './sequence.ts';

/** RFC 7323, 5.5: after 24 days a time stamp says nothing any more. Seconds. */
const TOO_OLD = 24 * 24 * 3600;

/** Where a peer's time stamps are remembered: a connection, or what is left of one. */
export interface TimestampMemory {
  /** TS.Recent. */
  recentTimestamp: number;
  /** Seconds; 0 for never. */
  recentTimestampAt: number;
}

/** Whether the segment in hand bears an older time stamp than was seen (PAWS, RFC 7323, 5). */
export function isOldTimestamp(memory: TimestampMemory, seconds: number, slack = 0): boolean {
  if (!arrived.hasTimestamps || memory.recentTimestampAt === 0) return false;
  if (((memory.recentTimestamp - arrived.timestamp) | 0) <= slack) return false;
  return seconds < memory.recentTimestampAt + TOO_OLD;
}

/** Notes the time stamp of the segment in hand if it starts at or before what was acknowledged last (RFC 7323, 4.3). */
export function noteTimestamp(memory: TimestampMemory, lastAcknowledged: number, seconds: number): void {
  if (!arrived.hasTimestamps || after(arrived.sequence, lastAcknowledged)) return;
  if (isOldTimestamp(memory, seconds)) return;
  memory.recentTimestamp = arrived.timestamp;
  memory.recentTimestampAt = Math.max(1, seconds);
}
