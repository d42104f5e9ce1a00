import { describe, expect, it } from 'vitest';
import { type Action, parseSteps } from './steps.ts';

const CAST = {
  pods: ['a1', 'a2', 'b1', 'c1'],
  peers: [1, 2, 3].map((number) => ({ number: String(number), nickname: `node-${number}` })),
};

function actions(line: string): Action[] {
  return parseSteps(`1. ${line}`, CAST)[0].actions;
}

const start = (...peers: string[]) => ({ kind: 'start', peers, inTurn: false });
const attach = (...pods: string[]) => ({ kind: 'attach', pods });

describe('steps in prose', () => {
  it.each<[string, object[]]>([
    [
      'peer 1 starts alone (quorum 1), bridge exposed, pod a1 and a2 attached by the CNI plugin',
      [start('1'), { kind: 'expose', reverse: false }, attach('a1', 'a2')],
    ],
    [
      'peers 1 and 2 start together; 3 s later peer 3 joins',
      [start('1', '2'), { kind: 'pause', seconds: 3 }, start('3')],
    ],
    ['all peers start with --no-discovery', [start('1', '2', '3')]],
    ['nodes join one after the other', [{ kind: 'start', peers: ['1', '2', '3'], inTurn: true }]],
    [
      '2.5 s after all connections are established: bridges exposed in reverse order, one pod each',
      [{ kind: 'settle' }, { kind: 'pause', seconds: 2.5 }, { kind: 'expose', reverse: true }, attach()],
    ],
    [
      '28 s for the MTU search; pods a1 (peer 1), b1 (peer 2); data captures start',
      [{ kind: 'pause', seconds: 28 }, attach('a1', 'b1'), { kind: 'capture', what: 'data' }],
    ],
    [
      'a1 removed from IPAM (DELETE /ip/<id>) and pod a2 attached: gets the lowest',
      [{ kind: 'detach', pods: ['a1'] }, attach('a2')],
    ],
    ['pods a1 and b1 deleted', [{ kind: 'detach', pods: ['a1', 'b1'] }]],
    ['b1 attached again', [attach('b1')]],
    [
      'the switch ports silently drop IP packets longer than 1400 bytes',
      [{ kind: 'black-hole', longest: 1400 }],
    ],
    [
      'connection older than 1 min; at t=0 peer 2 is detached from the switch (carrier stays up)',
      [
        { kind: 'pause', seconds: 65 },
        { kind: 'cut', peer: '2' },
      ],
    ],
    [
      'at t=150 s attached again',
      [
        { kind: 'at', seconds: 150 },
        { kind: 'heal', peer: '' },
      ],
    ],
    [
      'peer 1 told to connect to peer 2 (POST /connect), 12 s wait',
      [
        { kind: 'connect', peer: '1', to: '2' },
        { kind: 'pause', seconds: 12 },
      ],
    ],
    [
      'b1: 12 UDP datagrams of 100 bytes as fast as possible to a1:9',
      [{ kind: 'burst', ns: 'b1', count: 12, size: 100, to: 'a1', port: 9 }],
    ],
  ])('%s', (line, expected) => {
    expect(actions(line)).toEqual(expected);
  });

  it.each<[string, string, string[], string | undefined]>([
    ['a1: `ping -c 1 -s 3000 -M dont` (no DF)', 'a1', ['-c', '1', '-s', '3000', '-M', 'dont'], undefined],
    ['a1: `ping -c 1 <bridge address of peer 2>`', 'a1', ['-c', '1'], 'peer2'],
    ['node 1 itself: `ping -c 1 <b1>` (source = bridge address)', 'peer1', ['-c', '1'], 'b1'],
    ['a1: `ping -c 3 -i 0.3 10.44.0.1`', 'a1', ['-c', '3', '-i', '0.3'], '10.44.0.1'],
    ['c1: ping -c 2 to a1', 'c1', ['-c', '2'], 'a1'],
  ])('%s', (line, ns, options, to) => {
    expect(actions(line)).toEqual([{ kind: 'ping', ns, command: { options, to } }]);
  });

  it('several pings of several sizes, and a flush before one', () => {
    const sizes = actions('a1 to b1: DF ping of 1438 and 1439 bytes');
    expect(sizes.map((one) => one.kind === 'ping' && one.command.options.at(-1))).toEqual(['1410', '1411']);
    expect(actions('a1: neighbour cache flushed, `ping -c 2` to b1')[0]).toEqual({ kind: 'flush', ns: 'a1' });
  });

  it('names a step in which it understands nothing', () => {
    expect(() => actions('everybody takes a rest')).toThrow(
      'step "everybody takes a rest" is not understood',
    );
  });
});
