import { describe, expect, it } from 'vitest';
import { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { TcpState } from '../../../../models/transport/tcp/tcp-state.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { ip } from '../../../support/networks.ts';
import { SegmentScript } from '../../../support/segment-script.ts';
import { listen, Reader } from '../../../support/tcp-pair.ts';

function established(): { script: SegmentScript; connection: TcpConnection } {
  const script = new SegmentScript();
  const listener = listen(script.host, 80);
  script.establish();
  script.news();
  return { script, connection: listener.accept()! };
}

const states = ({ host }: SegmentScript) => host.tcp.connections().map(({ state }) => state);

describe('closing', () => {
  it('first: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, and nothing after a minute', () => {
    const { script, connection } = established();
    connection.close();
    expect(script.news()).toEqual(['F. 1:1(0) ack 1 win 63']);
    expect(states(script)).toEqual([TcpState.finWait1]);
    expect(script.send('.', { seq: 1, ack: 2 })).toEqual([]);
    expect(states(script)).toEqual([TcpState.finWait2]);
    expect(script.send('F.', { seq: 1, ack: 2 })).toEqual(['. 2:2(0) ack 2 win 63']);
    expect(script.packets.at(-1)!.ipId).toBe(0);
    expect(states(script)).toEqual([TcpState.timeWait]);
    script.wait(59_000);
    expect(states(script)).toEqual([TcpState.timeWait]);
    script.wait(6000);
    expect(states(script)).toEqual([]);
    checkPacketConservation(script.network);
  });

  it('second: CLOSE-WAIT, LAST-ACK', () => {
    const { script, connection } = established();
    const reader = new Reader(connection);
    script.send('F.', { seq: 1, ack: 1 });
    expect(reader.ended).toBe(true);
    expect(connection.state).toBe(TcpState.closeWait);
    expect(connection.send(10)).toBe(10);
    connection.close();
    expect(script.news()).toEqual(['P. 1:11(10) ack 2 win 63', 'F. 11:11(0) ack 2 win 63']);
    expect(states(script)).toEqual([TcpState.lastAck]);
    script.send('.', { seq: 2, ack: 12 });
    expect(states(script)).toEqual([]);
  });

  it('at the same time: CLOSING, TIME-WAIT', () => {
    const { script, connection } = established();
    connection.close();
    script.news();
    expect(script.send('F.', { seq: 1, ack: 1 })).toEqual(['. 2:2(0) ack 2 win 63']);
    expect(states(script)).toEqual([TcpState.closing]);
    script.send('.', { seq: 2, ack: 2 });
    expect(states(script)).toEqual([TcpState.timeWait]);
  });

  it('only one half: data may still be received', () => {
    const { script, connection } = established();
    const reader = new Reader(connection);
    connection.shutDown();
    script.news();
    script.send('.', { seq: 1, ack: 2 });
    script.send('P.', { seq: 1, ack: 2, length: 700 });
    expect(reader.received).toBe(700);
    expect(connection.send(1)).toBe('EPIPE');
    script.send('F.', { seq: 701, ack: 2 });
    expect(reader.ended).toBe(true);
    expect(states(script)).toEqual([TcpState.timeWait]);
  });

  it('acknowledges a FIN after the delay of 40 ms', () => {
    const { script } = established();
    expect(script.send('P.', { seq: 1, ack: 1, length: 600 })).toHaveLength(1);
    const from = script.now;
    expect(script.send('F.', { seq: 601, ack: 1 })).toEqual([]);
    script.wait(100);
    const [[time, text]] = script.timedNews();
    expect(text).toContain('ack 602');
    expect(time - from).toBeGreaterThanOrEqual(40);
    expect(time - from).toBeLessThan(50);
  });

  it('with data unread, or data after it, is a reset', () => {
    const unread = established();
    unread.script.send('P.', { seq: 1, ack: 1, length: 5 });
    unread.connection.close();
    expect(unread.script.news()).toEqual(['R. 1:1(0) ack 6 win 63']);
    expect(states(unread.script)).toEqual([]);

    const late = established();
    late.connection.close();
    late.script.news();
    expect(late.script.send('P.', { seq: 1, ack: 1, length: 5 })).toEqual(['R. 2:2(0) ack 1 win 63']);
    expect(states(late.script)).toEqual([]);
  });

  it('waits for the peer no longer than tcp_fin_timeout', () => {
    const { script, connection } = established();
    script.host.setSysctl('net.ipv4.tcp_fin_timeout', '10');
    connection.close();
    script.send('.', { seq: 1, ack: 2 });
    script.wait(9900);
    expect(states(script)).toEqual([TcpState.finWait2]);
    script.wait(1200);
    expect(states(script)).toEqual([]);
  });
});

describe('TIME-WAIT', () => {
  function waiting(): SegmentScript {
    const { script, connection } = established();
    connection.close();
    script.send('F.', { seq: 1, ack: 2 });
    script.news();
    return script;
  }

  it('answers the FIN that comes again', () => {
    const script = waiting();
    expect(script.send('F.', { seq: 1, ack: 2 })).toEqual(['. 2:2(0) ack 2 win 63']);
  });

  it('gives way to a SYN beyond what was received, and starts beyond what was sent', () => {
    const script = waiting();
    const [answer] = script.send('S', { seq: 1000, mss: 1460 });
    expect(answer).toMatch(/^S\. 65539:65539\(0\) ack 1001 /);
  });

  it('keeps its tuple from a connection of this side', () => {
    const script = waiting();
    expect(TcpConnection.open(script.host, { port: 80 }, ip('10.0.0.1'), 5000)).toBe('EADDRNOTAVAIL');
  });
});

describe('a reset', () => {
  it('that is exactly in order ends the connection', () => {
    const { script, connection } = established();
    expect(script.send('R', { seq: 1 })).toEqual([]);
    expect(connection.takeError()).toBe('ECONNRESET');
    expect(states(script)).toEqual([]);
  });

  it('elsewhere in the window is questioned, outside it passed over (RFC 5961)', () => {
    const { script, connection } = established();
    expect(script.send('R', { seq: 50 })).toEqual(['. 1:1(0) ack 1 win 63']);
    expect(script.send('R', { seq: 100_000_000 })).toEqual([]);
    expect(script.send('R', { seq: 60 })).toEqual([]);
    expect(connection.state).toBe(TcpState.established);
  });

  it('is not what a SYN in the window causes', () => {
    const { script, connection } = established();
    expect(script.send('S', { seq: 50, mss: 1460 })).toEqual(['. 1:1(0) ack 1 win 63']);
    expect(connection.state).toBe(TcpState.established);
  });
});
