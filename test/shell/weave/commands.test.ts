import { describe, expect, it } from 'vitest';
import { goJson } from '../../../shell/commands/weave/go-json.ts';
import { goTimes } from '../../../shell/commands/weave/go-time.ts';
import { prefix } from '../../support/networks.ts';
import { WeaverNet } from '../../support/weaver-net.ts';

const REFUSED = 'weave container is not present. Have you launched it?\n';

function range(text: string) {
  const { destination: address, prefixLength: length } = prefix(text);
  return { address, length };
}

describe('where no router runs', () => {
  const net = new WeaverNet();
  net.addNode();

  it.each([
    ['weave status', 1, '\n\n'],
    ['weave status peers', 1, ''],
    ['weave report', 7, ''],
    ['weave connect 10.0.0.1', 7, ''],
    ['weave expose', 7, ''],
    ['weave rmpeer node-2', 1, ''],
  ])('%s', (line, status, stdout) => {
    expect(net.run(1, line)).toMatchObject({ status, stdout, stderr: REFUSED });
  });

  it('it is found from its start to its end', () => {
    const started = new WeaverNet();
    const weaver = started.addPeer();
    expect(started.run(1, 'weave status').status).toBe(0);
    weaver.stop();
    expect(started.run(1, 'weave status').stderr).toBe(REFUSED);
    expect(started.print(1, 'ss -lntuH')).toBe('');
  });

  it('weave version, help, and what is no command', () => {
    expect(net.print(1, 'weave version')).toBe('weave script 2.8.1\nweave 2.8.1\n');
    const { status, stderr: usage } = net.run(1, 'weave help');
    expect([status, usage.split('\n')[0]]).toEqual([0, 'Usage:']);
    expect(net.run(1, 'weave')).toMatchObject({ status: 1, stderr: usage });
    expect(net.run(1, 'weave forget')).toMatchObject({ status: 1, stderr: usage });
    const unknown = { status: 1, stderr: `Unknown weave command 'foo'\n${usage}` };
    expect(net.run(1, 'weave foo')).toMatchObject(unknown);
    expect(net.run(1, 'weave launch').unsupported).toEqual(['launch']);
  });
});

describe('weave status', () => {
  const ipamStatus = (net: WeaverNet) => /Status: (.*)/.exec(net.print(1, 'weave status'))![1];

  it('of a router without DNS, and of what there is not', () => {
    const net = new WeaverNet();
    net.addPeer();
    const dns = { status: 1, stdout: '', stderr: 'error during template execution\n' };
    expect(net.run(1, 'weave status dns')).toMatchObject(dns);
    const { status, stderr } = net.run(1, 'weave status what now');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Invalid 'weave status' sub-command: what now\nUsage:/);
  });

  it('IPAM is idle, awaits consensus, is ready, and primes', () => {
    const net = new WeaverNet();
    net.addPeer({ init: { kind: 'consensus', peers: 3 } });
    expect(ipamStatus(net)).toBe('idle');
    const waiting = net.start(1, 'weave prime && echo primed');
    net.advance(1);
    expect(waiting.result).toBeUndefined();
    expect(ipamStatus(net)).toBe('awaiting consensus (quorum: 2, known: 1)');
    expect(net.print(1, 'weave report')).toContain(
      '"Paxos": {\n            "Elector": true,\n            "KnownNodes": 1,\n            "Quorum": 2\n        },',
    );
    net.addPeer({ init: { kind: 'consensus', peers: 3 }, targets: ['192.168.77.11'] });
    net.advance(20);
    expect(waiting.result).toMatchObject({ status: 0, stdout: 'primed\n' });
    expect(ipamStatus(net)).toBe('ready');
    const observer = new WeaverNet();
    observer.addPeer({ init: { kind: 'observer' } });
    observer.start(1, 'weave prime');
    observer.advance(1);
    expect(ipamStatus(observer)).toBe('priming');
  });

  it('IPAM has given everything out; who waits can be killed', () => {
    const net = new WeaverNet();
    net.addPeer({ range: range('10.99.0.0/30') });
    expect(net.print(1, 'weave expose')).toBe('10.99.0.1\n');
    net.attach(1, 'pod1', 'a1'.repeat(6));
    expect(() => net.attach(1, 'pod2', 'b2'.repeat(6))).toThrow('pod2 waits');
    expect(ipamStatus(net)).toBe('waiting for IP(s) to become available');
    expect(net.print(1, 'weave report')).toContain(
      '"PendingAllocates": [\n            "b2b2b2b2b2b2 10.99.0.0/30"\n        ]',
    );
    const waiting = net.start(1, 'weave expose net:10.99.0.2/31');
    net.advance(1);
    waiting.signal('SIGINT');
    expect(waiting.result?.status).toBe(130);
  });

  it('a connection that is pending, then established, then gone with its peer', () => {
    const net = new WeaverNet();
    for (const targets of [[], ['192.168.77.11']]) {
      net.addPeer({ targets });
      net.advance(0.001);
    }
    const connections = () => net.print(2, 'weave status connections');
    for (let tries = 0; !connections().includes('pending') && tries < 1000; tries++) net.advance(0.0001);
    expect(connections()).toBe(
      '-> 192.168.77.11:6783    pending     sleeve 02:00:00:00:00:01(node-1) mtu=1438\n'.replace(
        'mtu=1438',
        /mtu=\d+/.exec(connections())![0],
      ),
    );
    expect(net.print(2, 'weave status')).toContain('    Connections: 1 (1 pending)\n');
    net.advance(10);
    expect(net.print(2, 'weave status')).toContain(
      '    Connections: 1 (1 established)\n          Peers: 2 (with 2 established connections)\n',
    );
    net.print(1, 'weave expose');
    net.advance(1);
    net.start(2, 'weave expose');
    net.advance(5);
    net.weavers[0].stop();
    net.advance(0.0005);
    expect(connections()).toMatch(
      /^-> 192.168.77.11:6783 {4}failed {6}\S.*, retry: 2026-01-01 00:00:\d\d\.\d+ \+0000 UTC m=\+\d+\.\d{9} $/m,
    );
    net.advance(60);
    expect(net.print(2, 'weave status ipam')).toMatch(/02:00:00:00:00:01\(node-1\) .* - unreachable!$/m);
    expect(net.print(2, 'weave rmpeer node-1 nobody')).toMatch(
      /^\d+ IPs taken over from node-1\n0 IPs taken over from nobody\n$/,
    );
    expect(net.print(2, 'weave status ipam').split('\n')).toHaveLength(2);
  });

  it('an address at which nobody answers: connecting, retrying, failed', () => {
    const net = new WeaverNet();
    net.addPeer();
    net.print(1, 'weave connect 192.168.77.99');
    net.advance(0.5);
    const line = () => net.print(1, 'weave status connections');
    expect(line()).toBe('-> 192.168.77.99:6783    connecting   \n');
    const wait = (state: string) => {
      for (let tries = 0; !line().includes(state) && tries < 100; tries++) net.advance(0.1);
    };
    wait('failed');
    const error = 'dial tcp :0->192.168.77.99:6783: connect: no route to host';
    expect(line()).toContain(`-> 192.168.77.99:6783    failed      ${error}, retry: 2026-01-01 00:00:0`);
    expect(net.print(1, 'weave report')).toContain(`"Info": "${error.replace('>', '\\u003e')}, retry: `);
    wait('retrying');
    expect(line()).toBe(`-> 192.168.77.99:6783    retrying    ${error} \n`);
  });
});

describe('targets', () => {
  const net = new WeaverNet();
  net.addPeer();

  it('are added, replaced and forgotten', () => {
    const targets = () => net.print(1, 'weave status targets');
    net.print(1, 'weave connect 192.168.77.12 192.168.77.13:7000');
    expect(targets()).toBe('192.168.77.12\n192.168.77.13:7000\n');
    net.print(1, 'weave forget 192.168.77.12');
    expect(targets()).toBe('192.168.77.13:7000\n');
    net.print(1, 'weave connect --replace 192.168.77.14');
    expect(targets()).toBe('192.168.77.14\n');
    expect(net.print(1, 'weave status')).toContain('        Targets: 1\n');
  });

  it('that are no addresses are refused', () => {
    const refusal = { status: 1, stdout: '', stderr: 'lookup nowhere: no such host\n' };
    expect(net.run(1, 'weave connect nowhere')).toMatchObject(refusal);
  });
});

describe('the address of the bridge', () => {
  const net = new WeaverNet();
  net.addPeer();

  it('is exposed and hidden', () => {
    expect(net.print(1, 'weave expose')).toBe('10.32.0.1\n');
    expect(net.print(1, 'weave expose')).toBe('10.32.0.1\n');
    expect(net.print(1, 'weave ps')).toBe('weave:expose 02:00:00:00:00:01 10.32.0.1/12\n');
    expect(net.print(1, 'iptables -t nat -S WEAVE')).toContain('MASQUERADE');
    expect(net.print(1, 'weave hide')).toBe('10.32.0.1\n');
    expect(net.print(1, 'weave ps')).toBe('weave:expose 02:00:00:00:00:01\n');
    expect(net.print(1, 'iptables -t nat -S WEAVE')).not.toContain('MASQUERADE');
    expect(net.run(1, 'weave hide')).toMatchObject({ status: 4, stdout: '', stderr: '' });
  });

  it('is a certain one, or one of a subnet', () => {
    expect(net.print(1, 'weave expose ip:10.32.7.7/12 net:10.33.0.0/16 -h me')).toBe('10.32.7.7 10.33.0.1\n');
    expect(net.print(1, 'weave ps weave:expose')).toContain(' 10.32.7.7/12 10.33.0.1/16\n');
    net.attach(1, 'pod1', 'a1'.repeat(6));
    const taken = net.run(1, 'weave expose 10.32.0.1/12');
    expect([taken.status, taken.stdout]).toEqual([1, '']);
    expect(taken.stderr).toContain('a1a1a1a1a1a1');
  });
});

describe('sockets of the router', () => {
  it('netstat and ss name it', () => {
    const net = new WeaverNet();
    net.addPeer();
    net.addPeer({ targets: ['192.168.77.11'] });
    net.advance(5);
    const lines = net.print(1, 'netstat -plntu').split('\n').slice(2, -1);
    const shown = lines.map((line) => line.replace(/\d+\/weaver/, 'PID/weaver').split(/ +/));
    expect(shown.map((words) => [words[0], words[3], words.at(-2)])).toEqual([
      ['tcp', '0.0.0.0:6782', 'PID/weaver'],
      ['tcp', '0.0.0.0:6783', 'PID/weaver'],
      ['tcp', '127.0.0.1:6784', 'PID/weaver'],
      ['udp', '0.0.0.0:6783', 'PID/weaver'],
    ]);
    expect(net.print(1, 'ss -lntupH').match(/users:\(\("weaver",pid=\d+,fd=3\)\)/g)).toHaveLength(4);
    expect(net.print(1, 'netstat -pnt')).toMatch(
      /192.168.77.11:6783 +192.168.77.12:\d+ +ESTABLISHED \d+\/weaver/,
    );
  });
});

describe('weave reset', () => {
  it('leaves the addresses to another peer, and nothing on the host', () => {
    const net = new WeaverNet();
    net.addPeer();
    net.print(1, 'weave expose');
    net.addPeer({ targets: ['192.168.77.11'] });
    net.start(2, 'weave expose');
    net.advance(10);
    net.attach(2, 'pod1', 'a1'.repeat(6));
    const job = net.start(2, 'weave reset');
    net.advance(1);
    expect(job.result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(net.print(1, 'weave status ipam')).toContain(' 1048576 IPs (100.0% of total) (1 active)\n');
    expect(net.run(2, 'weave status').stderr).toBe(REFUSED);
    expect(net.run(2, 'weave ps')).toMatchObject({ status: 1, stderr: 'Link not found\n' });
    expect(net.print(2, 'ip -o link')).not.toContain('vethwe');
    expect(net.print(2, 'iptables-save')).not.toContain('WEAVE');
    expect(net.run(2, 'weave reset --force').status).toBe(0);
  });
});

describe("Go's texts", () => {
  it('times', () => {
    const { text, json } = goTimes(500_000_000);
    expect(text(18_548_242_710)).toBe('2026-01-01 00:00:18.54824271 +0000 UTC m=+18.048242710');
    expect(text(0)).toBe('2026-01-01 00:00:00 +0000 UTC m=-0.500000000');
    expect(json(86_400e9 + 120)).toBe('2026-01-02T00:00:00.00000012Z');
  });

  it('JSON', () => {
    const value = {
      UID: 2n ** 64n - 1n,
      List: [1, [true]],
      None: [],
      Nothing: null,
      Text: '<a&"b">',
      Object: {},
    };
    expect(goJson(value)).toBe(
      `{
    "UID": 18446744073709551615,
    "List": [
        1,
        [
            true
        ]
    ],
    "None": [],
    "Nothing": null,
    "Text": "\\u003ca\\u0026\\"b\\"\\u003e",
    "Object": {}
}`,
    );
  });
});
