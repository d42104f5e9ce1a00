import { describe, expect, it } from 'vitest';
import { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { TcpListener } from '../../../../models/transport/tcp/tcp-listener.ts';
import { tcpStateName } from '../../../../models/transport/tcp/tcp-state.ts';
import { TcpFlag } from '../../../../models/wire/tcp.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { BadLine } from '../../../support/bad-line.ts';
import { ip, MILLISECOND, SECOND, twoHosts } from '../../../support/networks.ts';
import { SegmentScript } from '../../../support/segment-script.ts';
import { listen, open, Reader, sendAll } from '../../../support/tcp-pair.ts';

describe('a passive open', () => {
  it('answers with the options that the peer had, in the order of Linux', () => {
    const options = { mss: 1460, sackPermitted: true, scale: 7, timestamp: 1 };
    const expected: [object, string][] = [
      [options, 'S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,TS,wscale 10>'],
      [{ ...options, timestamp: undefined }, 'S. 0:0(0) ack 1 win 64240 <mss 1460,sackOK,wscale 10>'],
      [{ mss: 1460 }, 'S. 0:0(0) ack 1 win 64240 <mss 1460>'],
      [{ mss: 1460, scale: 2 }, 'S. 0:0(0) ack 1 win 64240 <mss 1460,wscale 10>'],
    ];
    for (const [offered, answer] of expected) {
      const script = new SegmentScript();
      listen(script.host, 80);
      expect(script.send('S', offered)).toEqual([answer]);
      expect(script.packets[0].ipId).toBe(0);
    }
  });

  it('leaves out what a sysctl switches off, and follows tcp_rmem', () => {
    const script = new SegmentScript();
    script.host.setSysctl('net.ipv4.tcp_sack', '0');
    script.host.setSysctl('net.ipv4.tcp_timestamps', '0');
    script.host.setSysctl('net.ipv4.tcp_rmem', '4096 20000 6291456');
    listen(script.host, 80);
    const offered = { mss: 1460, sackPermitted: true, scale: 7, timestamp: 1 };
    expect(script.send('S', offered)).toEqual(['S. 0:0(0) ack 1 win 8760 <mss 1460,wscale 7>']);
  });

  it('repeats its answer after 1, 2, 4 ... seconds and then forgets', () => {
    const script = new SegmentScript();
    listen(script.host, 80);
    script.send('S', { mss: 1460 });
    script.wait(70_000);
    const times = script.timedNews().map(([time]) => Math.floor(time / 1000));
    expect(times).toEqual([1, 3, 7, 15, 31]);
    expect(script.host.tcp.connections()).toEqual([]);
  });

  it('answers a repeated SYN again, and a wrong acknowledgement with a reset', () => {
    const script = new SegmentScript();
    listen(script.host, 80);
    const [first] = script.send('S', { mss: 1460 });
    script.wait(600);
    expect(script.send('S', { mss: 1460 })).toEqual([first]);
    expect(script.send('.', { seq: 1, ack: 77 })).toEqual(['R 77:77(0) win 0']);
    expect(script.send('.', { seq: 1, ack: 1 })).toEqual([]);
    expect(script.host.tcp.connections().map(({ state }) => tcpStateName(state))).toEqual(['ESTABLISHED']);
  });

  it('takes no more connections than the backlog and one', () => {
    const script = new SegmentScript();
    const listener = listen(script.host, 80, 1);
    for (let port = 1; port <= 4; port++) {
      script.send('S', { mss: 1460, port });
      const isn = (script.packets.at(-1)?.tcp.sequence ?? 0) - script.packets[0].tcp.sequence;
      script.send('.', { seq: 1, ack: 1 + isn, port });
    }
    expect(listener.waitingCount).toBe(2);
    expect(script.log.filter(([, text]) => text.startsWith('S.'))).toHaveLength(2);
  });

  it('hands over data that come with the last segment of the handshake', () => {
    const script = new SegmentScript();
    const listener = listen(script.host, 80);
    script.send('S', { mss: 1460 });
    script.send('P.', { seq: 1, ack: 1, length: 10 });
    expect(new Reader(listener.accept()!).received).toBe(10);
  });
});

describe('what no connection is for', () => {
  it('is answered with a reset, but a reset is not', () => {
    const script = new SegmentScript();
    expect(script.send('S', { mss: 1460 })).toEqual(['R. 0:0(0) ack 1 win 0']);
    expect(script.send('.', { seq: 5, ack: 9, length: 3 })).toEqual(['R 9:9(0) win 0']);
    expect(script.send('F', { seq: 5 })).toEqual(['R. 0:0(0) ack 6 win 0']);
    expect(script.send('R', { seq: 5 })).toEqual([]);
    expect(script.packets.map(({ ipId }) => ipId)).toEqual([0, 0, 0]);
    checkPacketConservation(script.network);
  });

  it('may be for a listener: an acknowledgement is refused, a FIN passed over', () => {
    const script = new SegmentScript();
    listen(script.host, 80);
    expect(script.send('.', { ack: 9 })).toEqual(['R 9:9(0) win 0']);
    expect(script.send('F')).toEqual([]);
  });
});

describe('an active open', () => {
  const connecting = (change: (script: SegmentScript) => void = () => {}) => {
    const script = new SegmentScript(5000, 4000);
    change(script);
    const connection = open(script.host, '10.0.0.1', 5000, {}, 4000);
    script.wait(0);
    return { script, connection };
  };

  it('is over with the acknowledgement of SYN and SYN', () => {
    const { script, connection } = connecting();
    expect(script.news()).toEqual(['S 0:0(0) win 64240 <mss 1460,sackOK,TS,wscale 10>']);
    expect(script.send('S.', { ack: 1, mss: 1000, scale: 3 })).toEqual(['. 1:1(0) ack 1 win 63']);
    expect(connection.connected).toBe(true);
    expect(connection.mss).toBe(1000);
  });

  it('is refused by a reset that acknowledges the SYN and by no other', () => {
    const { script, connection } = connecting();
    script.send('R.', { ack: 5 });
    script.send('R', { ack: 1 });
    expect(connection.error).toBeNull();
    script.send('R.', { ack: 1 });
    expect(connection.takeError()).toBe('ECONNREFUSED');
  });

  it('answers the acknowledgement of something else with a reset', () => {
    const { script } = connecting();
    script.news();
    expect(script.send('.', { ack: 9 })).toEqual(['R 9:9(0) win 0']);
  });

  it('repeats the SYN a second apart four times, then after twice the time each, and gives up', () => {
    const { script, connection } = connecting();
    script.wait(200_000);
    const seconds = script.timedNews().map(([time]) => Math.floor(time / 1000));
    expect(seconds).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 69]);
    expect(connection.takeError()).toBe('ETIMEDOUT');
  });

  it('follows tcp_syn_retries and tcp_syn_linear_timeouts', () => {
    const { script, connection } = connecting(({ host }) => {
      host.setSysctl('net.ipv4.tcp_syn_retries', '3');
      host.setSysctl('net.ipv4.tcp_syn_linear_timeouts', '0');
    });
    script.wait(14_000);
    expect(script.timedNews().map(([time]) => Math.floor(time / 1000))).toEqual([0, 1, 3, 7]);
    expect(connection.error).toBeNull();
    script.wait(3000);
    expect(connection.error).toBe('ETIMEDOUT');
  });

  it('on loopback announces 65495', () => {
    const { network, a } = twoHosts();
    listen(a, 80);
    const connection = open(a, '127.0.0.1', 80);
    network.simulation.run({ until: SECOND });
    expect(connection.connected).toBe(true);
    expect(connection.peerMss).toBe(65_495);
    expect(connection.mss).toBeLessThanOrEqual(65_483);
    sendAll(connection, 200_000);
    network.simulation.run({ until: 2 * SECOND });
    expect(network.hops).toBe(0);
  });

  it('may be begun by both sides at once', () => {
    const { network, a, b } = twoHosts({ rate: 1e9, delay: 5 * MILLISECOND });
    const one = open(a, '10.0.0.2', 2000, {}, 1000);
    const other = open(b, '10.0.0.1', 1000, {}, 2000);
    network.simulation.run({ until: SECOND });
    expect([one.connected, other.connected]).toEqual([true, true]);
    expect([one.totalRetransmissions, other.totalRetransmissions]).toEqual([0, 0]);
    const reader = new Reader(other);
    sendAll(one, 50_000);
    network.simulation.run({ until: 2 * SECOND });
    expect([reader.received, reader.intact, reader.ended]).toEqual([50_000, true, true]);
  });

  it('with two SYNs lost leaves a window of one segment', () => {
    const { network, a, b } = twoHosts();
    let syns = 0;
    new BadLine(network, ({ tcp }) => ({ lost: (tcp!.flags & TcpFlag.syn) !== 0 && syns++ < 2 }));
    listen(b, 80);
    const connection = open(a, '10.0.0.2', 80);
    network.simulation.run({ until: 5 * SECOND });
    expect([connection.connected, connection.congestionWindow]).toEqual([true, 1]);
  });

  it('with a listener whose queue is full waits, or is reset (tcp_abort_on_overflow)', () => {
    for (const abort of [false, true]) {
      const { network, a, b } = twoHosts();
      b.setSysctl('net.ipv4.tcp_abort_on_overflow', abort ? '1' : '0');
      const listener = listen(b, 80, 0);
      const first = open(a, '10.0.0.2', 80);
      const second = open(a, '10.0.0.2', 80);
      network.simulation.run({ until: SECOND });
      // as many as the backlog, and one more
      expect(listener.waitingCount).toBe(1);
      expect(first.connected).toBe(true);
      expect(second.takeError()).toBe(abort ? 'ECONNRESET' : null);
      if (abort) continue;
      listener.accept();
      second.send(10);
      network.simulation.run({ until: 10 * SECOND });
      expect(listener.waitingCount).toBe(1);
    }
  });

  it('says at once what cannot be', () => {
    const { a } = twoHosts();
    expect(TcpConnection.open(a, {}, ip('10.9.9.9'), 80)).toBe('ENETUNREACH');
    expect(TcpConnection.open(a, {}, ip('10.0.0.2'), 80, { congestionControl: 'vegas' })).toBe('ENOENT');
    listen(a, 80);
    expect(TcpListener.open(a, 0, 80)).toBe('EADDRINUSE');
    expect(TcpListener.open(a, ip('10.0.0.1'), 80)).toBe('EADDRINUSE');
    expect(TcpListener.open(a, ip('10.0.0.7'), 81)).toBe('EADDRNOTAVAIL');
    open(a, '10.0.0.2', 80, {}, 1234);
    expect(TcpConnection.open(a, { port: 1234 }, ip('10.0.0.2'), 80)).toBe('EADDRNOTAVAIL');
  });
});
