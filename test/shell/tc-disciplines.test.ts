import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

/**
 * Kinds that the reference kernel is built without, so that no session could be recorded: these are the words of
 * iproute2's source (tc/q_*.c) for what such a kernel would answer.
 */
const SHOWN: [options: string, text: string, json: string][] = [
  [
    'fq_codel',
    'limit 10240p flows 1024 quantum 1514 target 5ms interval 100ms memory_limit 32Mb ecn drop_batch 64 ',
    '{"limit":10240,"flows":1024,"quantum":1514,"target":4999,"interval":99999,"memory_limit":33554432,' +
      '"ecn":true,"drop_batch":64}',
  ],
  [
    'fq_codel limit 100 flows 16 target 2ms interval 20ms quantum 300 noecn memory_limit 1Mb ce_threshold 1ms',
    'limit 100p flows 16 quantum 300 target 2ms ce_threshold 999us interval 20ms memory_limit 1Mb drop_batch 64 ',
    '{"limit":100,"flows":16,"quantum":300,"target":1999,"ce_threshold":999,"interval":19999,' +
      '"memory_limit":1048576,"drop_batch":64}',
  ],
  [
    'red limit 400kb min 30kb max 90kb avpkt 1000 burst 55 ecn harddrop bandwidth 10mbit',
    'limit 400Kb min 30Kb max 90Kb ecn harddrop ',
    '{"limit":409600,"min":30720,"max":92160,"ecn":true,"harddrop":true}',
  ],
  [
    'prio bands 4 priomap 1 2 3 0',
    'bands 4 priomap 1 2 3 0 1 2 0 0 1 1 1 1 1 1 1 1',
    '{"bands":4,"priomap":[1,2,3,0,1,2,0,0,1,1,1,1,1,1,1,1],"multiqueue":false}',
  ],
  [
    'netem delay 10ms',
    'limit 1000 delay 10ms',
    '{"limit":1000,"delay":{"delay":0.01,"jitter":0,"correlation":0},"ecn":false,"gap":0}',
  ],
  [
    'netem limit 50 delay 100ms 10ms 25% distribution normal loss 1% 25% duplicate 1% corrupt 0.1% ' +
      'reorder 25% 50% gap 5 rate 1mbit 20',
    'limit 50 delay 100ms  10ms 25% loss 1% 25% duplicate 1% reorder 25% 50% corrupt 0.1% ' +
      'rate 1Mbit packetoverhead 20 gap 5',
    '{"limit":50,"delay":{"delay":0.1,"jitter":0.01,"correlation":0.25},' +
      '"loss-random":{"loss":0.01,"correlation":0.25},"duplicate":{"duplicate":0.01,"correlation":0},' +
      '"reorder":{"reorder":0.25,"correlation":0.5},"corrupt":{"corrupt":0.001,"correlation":0},' +
      '"rate":{"rate":125000,"packetoverhead":20,"cellsize":0,"celloverhead":0},"ecn":false,"gap":5}',
  ],
  [
    'netem loss gemodel 1% 10% 70% 0.1% ecn',
    'limit 1000 loss gemodel p 1% r 10% 1-h 70% 1-k 0.1% ecn ',
    '{"limit":1000,"loss-gemodel":{"p":0.01,"r":0.1,"1-h":0.7,"1-k":0.001},"ecn":true,"gap":0}',
  ],
  [
    'netem loss state 1% 10% 5%',
    'limit 1000 loss state p13 1% p31 10% p32 5% p23 100% p14 0%',
    '{"limit":1000,"loss-state":{"p13":0.01,"p31":0.1,"p32":0.05,"p23":1,"p14":0},"ecn":false,"gap":0}',
  ],
];

/** What tc prints of traffic before there is any. */
const NOTHING = ' Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n backlog 0b 0p requeues 0\n';

function world(): World {
  const made = new World(['node']);
  made.setUp('node', 'ip link add v0 type veth peer name v1', 'ip link set v0 up');
  return made;
}

describe('tc', () => {
  it.each(SHOWN)('shows %s', (options, text, json) => {
    const shell = world();
    shell.setUp('node', `tc qdisc add dev v0 root handle 1: ${options}`);
    const kind = options.split(' ')[0];
    const head = `qdisc ${kind} 1: root refcnt 3 ${text}\n`;
    expect(shell.run('node', 'tc qdisc show dev v0').stdout).toBe(head);
    expect(shell.run('node', 'tc -s qdisc show dev v0').stdout.startsWith(head + NOTHING)).toBe(true);
    const answer = shell.run('node', 'tc -j qdisc show dev v0').stdout;
    expect(answer).toBe(`[{"kind":"${kind}","handle":"1:","root":true,"refcnt":3,"options":${json}}]\n`);
  });

  it('shows what fq_codel and red count in addition', () => {
    const shell = world();
    shell.setUp('node', 'tc qdisc add dev v0 root handle 1: fq_codel');
    expect(shell.run('node', 'tc -s qdisc show dev v0').stdout).toContain(
      `${NOTHING}  maxpacket 0 drop_overlimit 0 new_flow_count 0 ecn_mark 0\n  new_flows_len 0 old_flows_len 0\n`,
    );
    const red = shell.run('node', 'tc qdisc replace dev v0 root handle 2: red limit 400kb avpkt 1000');
    expect(red).toMatchObject({ status: 0, stderr: 'RED: set bandwidth to 10Mbit\n' });
    expect(shell.run('node', 'tc -s qdisc show dev v0').stdout).toContain(
      `${NOTHING}  marked 0 early 0 pdrop 0 other 0\n`,
    );
  });

  it('puts disciplines into classes of others, and names the root in ip link', () => {
    const shell = world();
    shell.setUp(
      'node',
      'tc qdisc add dev v0 root handle 1: prio',
      'tc qdisc add dev v0 parent 1:2 handle 20: fq_codel',
      'tc qdisc add dev v0 parent 1:3 handle 30: netem delay 5ms',
      'tc qdisc add dev v0 parent 30:1 handle 31: tbf rate 1mbit burst 10kb limit 20kb',
    );
    const kinds = shell.run('node', 'tc qdisc show dev v0').stdout.match(/^qdisc \S+ \S+( parent \S+)?/gm);
    expect(kinds).toEqual([
      'qdisc prio 1:',
      'qdisc fq_codel 20: parent 1:2',
      'qdisc netem 30: parent 1:3',
      'qdisc tbf 31: parent 30:1',
    ]);
    expect(shell.run('node', 'ip link show v0').stdout).toContain(' qdisc prio ');
    expect(shell.run('node', 'tc qdisc add dev v0 parent 1:4 pfifo')).toMatchObject({ status: 2 });
    shell.setUp('node', 'tc qdisc del dev v0 parent 1:3');
    expect(shell.run('node', 'tc qdisc show dev v0').stdout).not.toContain('tbf');
  });

  it('says what podwire lacks', () => {
    const answer = world().run('node', 'tc qdisc add dev v0 root netem slot 10ms');
    expect(answer).toMatchObject({ status: 1, unsupported: ['"netem slot"'] });
  });
});
