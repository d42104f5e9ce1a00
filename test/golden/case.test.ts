import { describe, expect, it } from 'vitest';
import { parseCase, readCase } from './case.ts';
import { missingMechanism } from './mechanisms.ts';

const MINIMAL = {
  schema: 'golden-case/1',
  started_epoch_ns: 1,
  capture_seconds: 2,
  namespaces: [{ name: 'a' }],
  setup_commands: [],
  stimulus: [],
  captures: [{ ns: 'a', if: 'eth0', file: 'a.eth0.pcap' }],
};

function parse(change: object) {
  return parseCase(JSON.stringify({ ...MINIMAL, ...change }), '/cases/x');
}

describe('parseCase', () => {
  it('reads the least that a case needs', () => {
    const golden = parse({});
    expect(golden).toMatchObject({ name: 'x', startedEpoch: 1n, servers: [], compare_hints: {} });
    expect(golden.captures[0]).toMatchObject({ snaplen: 0, filter: '' });
  });

  it('reads the start to the nanosecond, which a double could not hold', () => {
    const text = JSON.stringify(MINIMAL).replace(
      '"started_epoch_ns":1',
      '"started_epoch_ns":1795397833124594669',
    );
    expect(parseCase(text, '.').startedEpoch).toBe(1795397833124594669n);
    const golden = readCase(new URL('./linux/01-same-node-ping', import.meta.url).pathname);
    expect(golden.startedEpoch).toBe(1795397833124594668n);
    expect(golden.name).toBe('01-same-node-ping');
  });

  it('tells everything that is wrong with a case, and where', () => {
    expect(() =>
      parse({
        capture_seconds: -1,
        namespaces: [{ name: '../a' }],
        stimulus: [{ t_s: 0, ns: 'a', rc: 0 }],
        captures: [{ ns: 'a', if: 'eth0', file: 'x/y.pcap' }],
        compare_hints: { eph: 'all' },
      }),
    ).toThrow(
      [
        '/cases/x/case.json: malformed case',
        '  capture_seconds: Too small: expected number to be >=0',
        '  namespaces.0.name: must be a plain name without slashes',
        '  stimulus.0.cmd: Invalid input: expected string, received undefined',
        '  captures.0.file: must be a plain name without slashes',
        '  compare_hints.eph: must be a port range such as 32768-60999',
      ].join('\n'),
    );
  });

  it('finds namespaces that are used but not there', () => {
    expect(() =>
      parse({
        setup_commands: [{ ns: 'b', cmd: 'true' }],
        servers: [{ ns: 'c', cmd: 'gl-udp echo --port 7' }],
      }),
    ).toThrow(
      'setup_commands.0.ns: no namespace "b" in this case\n  servers.0.ns: no namespace "c" in this case',
    );
  });

  it('refuses what is no case at all', () => {
    expect(() => parseCase('{', '/cases/x')).toThrow('/cases/x/case.json: not JSON');
    expect(() => parse({ schema: 'golden-case/2' })).toThrow(
      'schema: Invalid input: expected "golden-case/1"',
    );
    expect(() => parseCase(JSON.stringify({ ...MINIMAL, started_epoch_ns: 'now' }), '/x')).toThrow(
      'started_epoch_ns: expected nanoseconds as an integer',
    );
    expect(() => readCase('/nowhere')).toThrow('/nowhere/case.json: ENOENT');
  });
});

describe('missingMechanism', () => {
  it('finds what a case needs by what is in it', () => {
    const action = (type: string) => ({ stimulus: [{ t_s: 0, ns: 'a', cmd: 'x', rc: 0, action: { type } }] });
    const server = (cmd: string) => ({ servers: [{ ns: 'a', cmd }] });
    const node = (change: object) => ({ namespaces: [{ name: 'a', ...change }] });
    const needs = (change: object) => missingMechanism(parse(change));
    expect(needs({})).toBeUndefined();
    expect(needs(action('ping'))).toBeUndefined();
    expect(needs(server('gl-udp echo --port 7'))).toBeUndefined();
    expect(needs(action('cni'))).toBe('CNI plugins');
    expect(needs(action('tcp-bulk'))).toBeUndefined();
    expect(needs(server('gl-tcp serve --port 80'))).toBeUndefined();
    expect(needs(server('dnsmasq --no-daemon'))).toBe('DHCP');
    expect(needs(node({ iptables: ['-A INPUT -j DROP'] }))).toBeUndefined();
    expect(needs(node({ tc: ['qdisc add dev eth0 root tbf rate 10mbit'] }))).toBeUndefined();
    expect(needs(node({ interfaces: [{ name: 'vx', kind: 'vxlan' }] }))).toBeUndefined();
    expect(needs({ setup_commands: [{ ns: 'a', cmd: 'nft flush ruleset' }] })).toBe('netfilter by nft');
  });
});
