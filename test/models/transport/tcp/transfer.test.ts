import { describe, expect, it } from 'vitest';
import type { TcpConnection } from '../../../../models/transport/tcp/tcp-connection.ts';
import { MILLISECOND, routerChain, SECOND } from '../../../support/networks.ts';
import { type ScriptedSegment, SegmentScript } from '../../../support/segment-script.ts';
import { listen, open, PATTERN, Reader, sendAll } from '../../../support/tcp-pair.ts';

function established(
  options: ScriptedSegment = { mss: 1000, sackPermitted: true, scale: 0 },
  socket: object = { congestionControl: 'reno' },
): { script: SegmentScript; connection: TcpConnection } {
  const script = new SegmentScript();
  const listener = listen(script.host, 80, 16, socket);
  script.establish(options);
  script.news();
  return { script, connection: listener.accept()! };
}

/** The script acknowledges at once. */
const ack = (script: SegmentScript, upTo: number, more: ScriptedSegment = {}) =>
  script.send('.', { seq: 1, ack: upTo, ...more });

describe('segments', () => {
  it('have the size of the MSS, half the window at a time, PSH at the end of each burst', () => {
    const { script, connection } = established();
    expect(connection.send(20_000, PATTERN)).toBe(20_000);
    expect(script.news()).toEqual([
      '. 1:1001(1000) ack 1 win 63',
      '. 1001:2001(1000) ack 1 win 63',
      '. 2001:3001(1000) ack 1 win 63',
      '. 3001:4001(1000) ack 1 win 63',
      'P. 4001:5001(1000) ack 1 win 63',
      '. 5001:6001(1000) ack 1 win 63',
      '. 6001:7001(1000) ack 1 win 63',
      '. 7001:8001(1000) ack 1 win 63',
      '. 8001:9001(1000) ack 1 win 63',
      'P. 9001:10001(1000) ack 1 win 63',
    ]);
    // slow start: two more for each that is acknowledged
    expect(ack(script, 2001)).toHaveLength(4);
  });

  it('that are small wait while another small one is out (Nagle), unless TCP_NODELAY is set', () => {
    const nagle = established();
    for (let i = 0; i < 3; i++) nagle.connection.send(10);
    expect(nagle.script.news()).toEqual(['P. 1:11(10) ack 1 win 63']);
    expect(ack(nagle.script, 11)).toEqual(['P. 11:31(20) ack 1 win 63']);

    const eager = established(undefined, { noDelay: true });
    for (let i = 0; i < 3; i++) eager.connection.send(10);
    expect(eager.script.news()).toHaveLength(3);
  });

  it('that are small wait in a corked socket until it is uncorked or closed, 200 ms at most (TCP_CORK)', () => {
    const { script, connection } = established(undefined, { noDelay: true });
    connection.setCork(true);
    for (let i = 0; i < 3; i++) connection.send(500, PATTERN, 500 * i);
    expect(script.news()).toEqual(['P. 1:1001(1000) ack 1 win 63']);
    expect(ack(script, 1001)).toEqual([]);
    const from = script.now;
    script.timedNews();
    script.wait(400);
    const late = script.timedNews();
    expect(late.map(([, text]) => text)).toEqual(['P. 1001:1501(500) ack 1 win 63']);
    expect(late[0][0] - from).toBeGreaterThanOrEqual(200);
    expect(late[0][0] - from).toBeLessThan(250);
    ack(script, 1501);
    connection.send(100);
    expect(script.news()).toEqual([]);
    connection.setCork(false);
    expect(script.news()).toEqual(['P. 1501:1601(100) ack 1 win 63']);
    ack(script, 1601);
    connection.setCork(true);
    connection.send(100);
    connection.close();
    expect(script.news()).toEqual(['FP. 1601:1701(100) ack 1 win 63']);
  });

  it('never go beyond the window; a closed one is asked for after 0.2, 0.4, 0.8 s', () => {
    const { script, connection } = established();
    // a smaller window is believed from a newer segment only
    script.send('P.', { seq: 1, ack: 1, length: 1 });
    script.send('P.', { seq: 2, ack: 1, length: 1, window: 1500 });
    connection.send(3000, PATTERN);
    expect(script.news()).toEqual(['. 1:1001(1000) ack 3 win 63', 'P. 1001:1501(500) ack 3 win 63']);
    expect(ack(script, 1501, { seq: 3, window: 0 })).toEqual([]);
    script.timedNews();
    const from = script.now;
    script.wait(1500);
    const probes = script.timedNews();
    expect(probes.map(([, text]) => text)).toEqual(new Array(3).fill('. 1500:1500(0) ack 3 win 63'));
    const gaps = probes.map(([time], i) => time - (i === 0 ? from : probes[i - 1][0]));
    for (const [i, least] of [200, 400, 800].entries()) {
      expect(gaps[i]).toBeGreaterThanOrEqual(least);
      expect(gaps[i]).toBeLessThan(least * 1.25);
    }
    expect(ack(script, 1501, { seq: 3, window: 5000 })).toHaveLength(2);
  });
});

describe('a loss', () => {
  it('is mended as soon as later segments have been reported (SACK)', () => {
    const { script, connection } = established();
    connection.send(8000, PATTERN);
    script.news();
    script.wait(10);
    expect(ack(script, 1, { sack: [1001, 2001] })).toEqual([]);
    expect(ack(script, 1, { sack: [1001, 3001] })).toEqual([]);
    expect(ack(script, 1, { sack: [1001, 4001] })).toEqual(['. 1:1001(1000) ack 1 win 63']);
    expect(connection.slowStartThreshold).toBe(5);
    expect(ack(script, 8001)).toEqual([]);
    expect(connection.congestionWindow).toBe(5);
  });

  it('is mended after three duplicate acknowledgements without SACK', () => {
    const { script, connection } = established({ mss: 1000 });
    connection.send(8000, PATTERN);
    script.news();
    expect([ack(script, 1), ack(script, 1), ack(script, 1)]).toEqual([
      [],
      [],
      ['. 1:1001(1000) ack 1 win 64240'],
    ]);
    // a partial acknowledgement shows the next hole (RFC 6582)
    expect(ack(script, 3001)[0]).toBe('. 3001:4001(1000) ack 1 win 64240');
  });

  it('is found by time-out: 0.2 s above the round trip at least, twice as long each time, one segment at first', () => {
    const { script, connection } = established();
    // without tail loss probes
    script.host.setSysctl('net.ipv4.tcp_early_retrans', '0');
    connection.send(3000, PATTERN);
    script.news();
    const from = script.now;
    script.wait(1600);
    const again = script.timedNews();
    expect(again.map(([, text]) => text)).toEqual(new Array(3).fill('. 1:1001(1000) ack 1 win 63'));
    const gaps = again.map(([time], i) => time - (i === 0 ? from : again[i - 1][0]));
    for (const [i, least] of [200, 400, 800].entries()) {
      expect(gaps[i]).toBeGreaterThanOrEqual(least);
      expect(gaps[i]).toBeLessThan(least * 1.25);
    }
    expect(connection.congestionWindow).toBe(1);
    expect(ack(script, 1001)).toHaveLength(2);
  });

  it('of everything ends the connection after the time of tcp_retries2', () => {
    const { script, connection } = established();
    script.host.setSysctl('net.ipv4.tcp_retries2', '3');
    connection.send(10);
    script.wait(10_000);
    expect(connection.takeError()).toBe('ETIMEDOUT');
  });
});

describe('acknowledgements', () => {
  it('of the first segments are sent at once, later ones for every second segment or after 40 ms', () => {
    const { script, connection } = established();
    new Reader(connection);
    for (let i = 0; i < 16; i++) {
      expect(script.send('.', { seq: 1 + 1000 * i, ack: 1, length: 1000 })).toHaveLength(1);
    }
    // interactive from now on: a reply within the delay of what was received
    connection.send(5);
    script.news();
    script.send('.', { seq: 16_001, ack: 6 });
    const from = script.now;
    expect(script.send('.', { seq: 16_001, ack: 6, length: 1000 })).toEqual([]);
    script.wait(60);
    const [[time, text]] = script.timedNews();
    expect(text).toContain('ack 17001');
    expect(time - from).toBeGreaterThanOrEqual(40);
    expect(time - from).toBeLessThan(50);
  });

  it('report what came ahead of order, the newest first, and what came twice (SACK, D-SACK)', () => {
    const { script, connection } = established();
    const reader = new Reader(connection);
    const data = (seq: number) => script.send('.', { seq, ack: 1, length: 100 })[0]?.replace(/ win \d+/, '');
    expect(data(201)).toBe('. 1:1(0) ack 1 <sack 201:301>');
    expect(data(401)).toBe('. 1:1(0) ack 1 <sack 401:501 201:301>');
    expect(data(301)).toBe('. 1:1(0) ack 1 <sack 201:501>');
    expect(data(201)).toBe('. 1:1(0) ack 1 <sack 201:301 201:501>');
    expect(data(101)).toBe('. 1:1(0) ack 1 <sack 101:501>');
    expect(data(1)).toBe('. 1:1(0) ack 501');
    expect(data(1)).toBe('. 1:1(0) ack 501 <sack 1:101>');
    expect([reader.received, reader.intact]).toEqual([500, true]);
  });

  it('take an old segment for what it is (PAWS)', () => {
    const { script } = established({ mss: 1000, timestamp: 5000 });
    const stamped = { ack: 1, length: 10, timestampEcho: 0 };
    expect(script.send('.', { seq: 1, ...stamped, timestamp: 6000 })[0]).toContain('ack 11 ');
    expect(script.send('.', { seq: 11, ...stamped, timestamp: 5500 })[0]).toContain('ack 11 ');
    expect(script.send('.', { seq: 11, ...stamped, timestamp: 6001 })[0]).toContain('ack 21 ');
  });

  it('announce a window that grows with full segments and closes when nobody reads', () => {
    const { script, connection } = established({ mss: 1448, sackPermitted: true, scale: 7 });
    const window = (text: string) => Number(/win (\d+)/.exec(text)![1]);
    const first = script.send('.', { seq: 1, ack: 1, length: 1448 });
    expect(window(first[0])).toBe(66);
    let last = 66;
    for (let i = 1; i < 100; i++) {
      const answers = script.send('.', { seq: 1 + 1448 * i, ack: 1, length: 1448 });
      if (answers.length > 0) last = window(answers.at(-1)!);
    }
    expect(last).toBe(0);
    expect(connection.receiveQueued).toBeLessThan(100_000);
    expect(script.news()).toEqual([]);
    new Reader(connection);
    expect(window(script.news()[0])).toBeGreaterThan(40);
  });
});

describe('an idle connection with SO_KEEPALIVE', () => {
  it('is asked for and given up when nobody answers', () => {
    const { script, connection } = established(undefined, { keepAlive: true });
    script.wait(7100 * 1000);
    expect(script.news()).toEqual([]);
    script.wait(400 * 1000);
    expect(script.news()[0]).toBe('. 0:0(0) ack 1 win 63');
    script.wait(900 * 1000);
    expect(script.news().at(-1)).toMatch(/^R\./);
    expect(connection.takeError()).toBe('ETIMEDOUT');
  });

  it('is asked for as often as the application wants (TCP_KEEPIDLE, TCP_KEEPINTVL)', () => {
    const options = { keepAlive: true, keepAliveTime: 15, keepAliveInterval: 5 };
    const { script } = established(undefined, options);
    script.wait(14 * 1000);
    expect(script.news()).toEqual([]);
    script.wait(2 * 1000);
    expect(script.news()).toEqual(['. 0:0(0) ack 1 win 63']);
    script.wait(11 * 1000);
    expect(script.news()).toHaveLength(2);
  });
});

describe('a narrow hop', () => {
  it('is learnt of by ICMP: what was lost is sent again in shorter segments', () => {
    const { network, a, b, routers, far } = routerChain(1, { rate: 1e9, delay: MILLISECOND });
    routers[0].setMtu('right', 1000);
    b.setMtu('eth0', 1000);
    const listener = listen(b, 80);
    const client = open(a, '10.0.1.2', 80);
    let reader: Reader | null = null;
    listener.onChange = () => {
      reader = new Reader(listener.accept()!);
    };
    sendAll(client, 100_000);
    network.simulation.run({ until: 10 * SECOND });
    expect(reader!).toMatchObject({ received: 100_000, ended: true, intact: true });
    expect(client.pathMtu <= 1000 || client.peerMss <= 960).toBe(true);
    expect(far).toBeDefined();
  });

  it('behind a host with a large MTU, too', () => {
    const { network, a, b, routers } = routerChain(2, { rate: 1e9, delay: MILLISECOND });
    routers[0].setMtu('right', 1200);
    routers[1].setMtu('left', 1200);
    const listener = listen(b, 80);
    const client = open(a, '10.0.2.2', 80);
    let reader: Reader | null = null;
    listener.onChange = () => {
      reader = new Reader(listener.accept()!);
    };
    sendAll(client, 100_000);
    network.simulation.run({ until: 10 * SECOND });
    expect(reader!).toMatchObject({ received: 100_000, ended: true, intact: true });
    expect([client.peerMss, client.pathMtu, client.mss]).toEqual([1460, 1200, 1148]);
  });
});
