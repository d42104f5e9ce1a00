import { TcpFlag } from '../../wire/tcp.ts';
import { CongestionState } from './congestion-control.ts';
import { dataLength } from './scoreboard.ts';
import { distance } from './sequence.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { Transmission } from './transmission.ts';

/** Nobody waits for more data than that share of a window (`tcp_tso_win_divisor`). */
const WINDOW_DIVISOR = 3;
/** Only what follows a recent burst waits, nanoseconds. */
const RECENT = 1e6;
/** Nobody waits longer for an acknowledgement, microseconds. */
const PATIENCE = 1000;

/**
 * Whether a burst waits for the window to open further, so that it can be larger (Linux `tcp_tso_should_defer`).
 * @param most segments in a burst
 */
export function shouldDefer(connection: TcpConnection, item: Transmission, most: number): boolean {
  const { mss, congestionState, inFlight, congestionWindow } = connection;
  if (congestionState >= CongestionState.recovery) return false;
  if (connection.namespace.network.simulation.now - connection.lastBurstAt > RECENT) return false;
  const peerRoom = distance(item.sequence, (connection.sendUnacknowledged + connection.sendWindow) | 0);
  const pathRoom = (congestionWindow - inFlight) * mss;
  const room = Math.min(peerRoom, pathRoom);
  if (room >= most * mss) return false;
  const length = dataLength(item);
  if (item !== connection.unsent.last && room >= length) return false;
  const share = Math.floor(Math.min(connection.sendWindow, congestionWindow * mss) / WINDOW_DIVISOR);
  if (room >= share) return false;
  const first = connection.unacknowledged.first;
  if (first === null || isFarAway(connection, first)) return false;
  if (room <= length) return true;
  return (item.flags & TcpFlag.fin) === 0;
}

/** Whether the acknowledgement of the first segment that is out is not to be expected soon. */
function isFarAway({ rtt, now }: TcpConnection, first: Transmission): boolean {
  const roundTrip = rtt.smoothed / 8;
  return first.sentAt + roundTrip - now > Math.min(roundTrip / 2, PATIENCE);
}
