import { describe, expect, it } from 'vitest';
import { CongestionState } from '../../../../models/transport/tcp/congestion-control.ts';
import type { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { type ScriptedSegment, SegmentScript } from '../../../support/segment-script.ts';
import { listen, PATTERN } from '../../../support/tcp-pair.ts';

/** Eight segments of 1000 bytes are out, ten milliseconds ago; control is Reno. */
function eightOut(
  timestamps = false,
  probes = '3',
): { script: SegmentScript; connection: TcpConnection; echo: number } {
  const script = new SegmentScript();
  script.host.setSysctl('net.ipv4.tcp_early_retrans', probes);
  const listener = listen(script.host, 80, 16, { congestionControl: 'reno' });
  const mss = timestamps ? 1012 : 1000;
  const stamp = timestamps ? { timestamp: 1000 } : {};
  script.send('S', { mss, sackPermitted: true, scale: 0, ...stamp });
  script.send('.', { seq: 1, ack: 1, ...stamp, ...echoOf(script, timestamps) });
  const connection = listener.accept()!;
  connection.send(8000, PATTERN);
  const echo = script.packets.at(-1)!.tcp.timestamp;
  script.news();
  script.wait(10);
  return { script, connection, echo };
}

function echoOf(script: SegmentScript, timestamps: boolean): ScriptedSegment {
  return timestamps ? { timestampEcho: script.packets.at(-1)!.tcp.timestamp } : {};
}

const ack = (script: SegmentScript, upTo: number, more: ScriptedSegment = {}) =>
  script.send('.', { seq: 1, ack: upTo, ...more });

describe('a recovery that was needless', () => {
  it('is taken back when the acknowledgement is of the original (Eifel)', () => {
    const { script, connection, echo } = eightOut(true);
    const stamp = { timestamp: 1010, timestampEcho: echo };
    for (const right of [2001, 3001, 4001]) ack(script, 1, { sack: [1001, right], ...stamp });
    expect(connection.congestionState).toBe(CongestionState.recovery);
    expect([connection.slowStartThreshold, connection.totalRetransmissions]).toEqual([5, 1]);
    // the first segment was only late: what it echoes is older than the retransmission
    script.wait(2);
    ack(script, 8001, { ...stamp, timestamp: 1012 });
    expect(connection.congestionState).toBe(CongestionState.open);
    expect(connection.congestionWindow).toBeGreaterThanOrEqual(10);
    expect(connection.slowStartThreshold).toBe(Number.POSITIVE_INFINITY);
  });

  it('is kept when it is of the retransmission', () => {
    const { script, connection, echo } = eightOut(true);
    for (const right of [2001, 3001, 4001]) {
      ack(script, 1, { sack: [1001, right], timestamp: 1010, timestampEcho: echo });
    }
    script.wait(20);
    const retransmission = script.packets.at(-1)!.tcp.timestamp;
    ack(script, 8001, { timestamp: 1030, timestampEcho: retransmission });
    expect(connection.congestionWindow).toBe(5);
    expect(connection.slowStartThreshold).toBe(5);
  });

  it('is taken back when every retransmission is reported as a duplicate (D-SACK)', () => {
    const { script, connection } = eightOut();
    for (const right of [2001, 3001, 4001]) ack(script, 1, { sack: [1001, right] });
    expect(connection.slowStartThreshold).toBe(5);
    script.wait(2);
    ack(script, 8001, { sack: [1, 1001] });
    expect(connection.congestionState).toBe(CongestionState.open);
    expect(connection.congestionWindow).toBeGreaterThanOrEqual(10);
    expect(connection.duplicatesReported).toBe(1);
  });

  it('makes RACK more patient where the network was seen to reorder', () => {
    const { script, connection } = eightOut();
    for (const right of [2001, 3001, 4001]) ack(script, 1, { sack: [1001, right] });
    script.wait(2);
    connection.rack.reorderingSeen = true;
    ack(script, 8001, { sack: [1, 1001] });
    connection.send(2000, PATTERN);
    script.wait(1);
    ack(script, 10_001);
    expect(connection.rack.windowSteps).toBe(2);
  });
});

describe('a time-out that was needless', () => {
  it('is taken back when the original is acknowledged after it (F-RTO)', () => {
    const { script, connection } = eightOut(false, '0');
    connection.send(20_000, PATTERN);
    script.wait(400);
    expect(connection.congestionState).toBe(CongestionState.loss);
    expect(script.news().slice(-1)).toEqual(['. 1:1001(1000) ack 1 win 63']);
    // what is acknowledged first may be the retransmission: new data are sent to find out
    expect(ack(script, 1001)).toEqual([
      '. 10001:11001(1000) ack 1 win 63',
      '. 11001:12001(1000) ack 1 win 63',
    ]);
    // the second was never sent again: everything was only late
    ack(script, 3001);
    expect(connection.congestionState).toBe(CongestionState.open);
    expect(connection.congestionWindow).toBeGreaterThanOrEqual(10);
    expect(connection.totalRetransmissions).toBe(1);
  });

  it('is not where nothing but the retransmission arrives', () => {
    const { script, connection } = eightOut(false, '0');
    connection.send(20_000, PATTERN);
    script.wait(400);
    script.news();
    ack(script, 1001);
    // a duplicate: the new data have arrived, the old have not
    ack(script, 1001, { sack: [10_001, 11_001] });
    expect(connection.congestionState).toBe(CongestionState.loss);
    expect(connection.totalRetransmissions).toBeGreaterThan(1);
    expect(connection.slowStartThreshold).toBe(5);
  });
});

describe('a tail loss probe', () => {
  it('is the last segment once more, after two round trips', () => {
    const { script, connection } = eightOut();
    ack(script, 7001);
    const from = script.now;
    script.wait(300);
    const [[time, probe]] = script.timedNews();
    expect(probe).toBe('P. 7001:8001(1000) ack 1 win 63');
    // one segment alone may be acknowledged late: 0.2 s are added, but no more than the time-out
    expect(time - from).toBeLessThan(250);
    expect(connection.probe.isOut).toBe(true);
    expect(connection.congestionState).toBe(CongestionState.open);
  });

  it('costs nothing when both arrive (D-SACK), and half the window when it mended a loss', () => {
    for (const mended of [false, true]) {
      const { script, connection } = eightOut();
      ack(script, 6001);
      script.wait(60);
      expect(script.news()).toEqual(['P. 7001:8001(1000) ack 1 win 63']);
      const window = connection.congestionWindow;
      if (mended) {
        connection.send(1000, PATTERN);
        script.news();
        ack(script, 9001);
        expect(connection.slowStartThreshold).toBe(window >> 1);
      } else {
        ack(script, 8001, { sack: [7001, 8001] });
        expect(connection.slowStartThreshold).toBe(Number.POSITIVE_INFINITY);
        expect(connection.probe.isOut).toBe(false);
      }
    }
  });
});
