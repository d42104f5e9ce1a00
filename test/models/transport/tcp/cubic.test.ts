import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CongestionState } from '../../../../models/transport/tcp/congestion-control.ts';
import { type Cubic, cubeRoot } from '../../../../models/transport/tcp/cubic.ts';
import type { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { MILLISECOND, SECOND, twoHosts } from '../../../support/networks.ts';
import { listen, open } from '../../../support/tcp-pair.ts';

/** A connection whose clock and acknowledgements the test makes. */
function connected(): { connection: TcpConnection; control: Cubic; setTime: (time: number) => void } {
  const { network, a, b } = twoHosts();
  listen(b, 80);
  const connection = open(a, '10.0.0.2', 80, { congestionControl: 'cubic' });
  network.simulation.run({ until: SECOND });
  connection.windowLimited = true;
  let now = SECOND;
  Object.defineProperty(network.simulation, 'now', { get: () => now });
  const setTime = (time: number) => {
    now = time;
  };
  return { connection, control: connection.congestionControl as Cubic, setTime };
}

describe('the cube root', () => {
  it('is the whole part of the real one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 17 }), (root) => {
        expect(cubeRoot(root ** 3)).toBe(root);
        if (root > 1) expect(cubeRoot(root ** 3 - 1)).toBe(root - 1);
      }),
    );
  });
});

describe('CUBIC', () => {
  it('goes down to 717/1024 of the window, and notes less where the window had not come back (fast convergence)', () => {
    const { connection, control } = connected();
    connection.congestionWindow = 100;
    expect(control.thresholdAfterLoss(connection)).toBe(70);
    connection.congestionWindow = 80;
    expect(control.thresholdAfterLoss(connection)).toBe(56);
  });

  it.each([
    [1000, 20],
    [4000, 50],
    [300, 100],
  ])(
    'follows W(t) = C(t-K)^3 + Wmax from a window of %i with a round trip of %i ms',
    (maximum, roundTrip) => {
      const { connection, control, setTime } = connected();
      connection.congestionWindow = maximum;
      connection.slowStartThreshold = control.thresholdAfterLoss(connection);
      connection.congestionWindow = connection.slowStartThreshold;
      const begin = connection.congestionWindow;
      // RFC 9438, 4.2: C = 0.4, K = cbrt((Wmax - cwnd) / C)
      const plateau = Math.cbrt((maximum - begin) / 0.4);
      const from = 2 * SECOND;
      for (let elapsed = 0; elapsed <= (plateau + 3) * SECOND; elapsed += roundTrip * MILLISECOND) {
        setTime(from + elapsed);
        const expected = 0.4 * (elapsed / SECOND - plateau) ** 3 + maximum;
        if (elapsed > 0) {
          expect(connection.congestionWindow / expected).toBeGreaterThan(0.97);
          expect(connection.congestionWindow / expected).toBeLessThan(1.03);
        }
        // a window's worth of acknowledgements, one for two segments, over the round trip
        const window = connection.congestionWindow;
        for (let acked = 0; acked < window; acked += 2) {
          setTime(from + elapsed + (acked / window) * roundTrip * MILLISECOND);
          control.avoidCongestion(connection, 2);
        }
      }
    },
  );

  it('keeps up with Reno where round trips are short', () => {
    const { connection, control, setTime } = connected();
    connection.congestionWindow = 20;
    connection.slowStartThreshold = control.thresholdAfterLoss(connection);
    connection.congestionWindow = connection.slowStartThreshold;
    // after 40 round trips of 10 ms the curve alone would not have grown by one segment
    for (let round = 0; round < 40; round++) {
      setTime((2 + round * 0.01) * SECOND);
      control.avoidCongestion(connection, connection.congestionWindow);
    }
    // 3 (1 - beta) / (1 + beta) = 0.53 segments in a round trip
    expect(connection.congestionWindow).toBeGreaterThanOrEqual(14 + 18);
    expect(connection.congestionWindow).toBeLessThanOrEqual(14 + 23);
  });

  it('begins anew after a time-out', () => {
    const { connection, control } = connected();
    connection.congestionWindow = 100;
    control.thresholdAfterLoss(connection);
    control.stateChanged(connection, CongestionState.loss);
    // nothing is remembered of a window of 100: no fast convergence
    connection.congestionWindow = 80;
    control.thresholdAfterLoss(connection);
    connection.congestionWindow = 79;
    expect(control.thresholdAfterLoss(connection)).toBe(55);
  });
});

describe('HyStart', () => {
  it('ends slow start when round trips have become 4 ms longer', () => {
    const { connection, control, setTime } = connected();
    connection.congestionWindow = 16;
    control.acknowledged(connection, 1, 10_000);
    for (let i = 1; i <= 8; i++) {
      setTime(SECOND + i * 5 * MILLISECOND);
      control.acknowledged(connection, 1, 14_500);
      // the shortest of a round counts: the first sample was still 10 ms
      expect(connection.inSlowStart).toBe(true);
    }
    connection.sendUnacknowledged = (connection.sendNext + 1) | 0;
    for (let i = 1; i <= 8; i++) {
      setTime(SECOND + (50 + i * 5) * MILLISECOND);
      control.acknowledged(connection, 1, 14_500);
      connection.sendUnacknowledged = connection.sendNext;
    }
    setTime(SECOND + 100 * MILLISECOND);
    control.acknowledged(connection, 1, 14_500);
    expect(connection.slowStartThreshold).toBe(16);
  });

  it('ends it when acknowledgements come in a train of half a round trip', () => {
    const { connection, control, setTime } = connected();
    connection.congestionWindow = 40;
    control.established(connection);
    for (let i = 0; i <= 5; i++) {
      setTime(SECOND + i * MILLISECOND);
      control.acknowledged(connection, 1, 10_000);
      expect(connection.inSlowStart).toBe(true);
    }
    setTime(SECOND + 6 * MILLISECOND);
    control.acknowledged(connection, 1, 10_000);
    expect(connection.slowStartThreshold).toBe(40);
  });

  it('lets small windows grow', () => {
    const { connection, control, setTime } = connected();
    connection.congestionWindow = 15;
    for (let i = 0; i < 40; i++) {
      setTime(SECOND + i * MILLISECOND);
      control.acknowledged(connection, 1, 10_000 + i * 1000);
    }
    expect(connection.slowStartThreshold).toBe(Number.POSITIVE_INFINITY);
  });
});
