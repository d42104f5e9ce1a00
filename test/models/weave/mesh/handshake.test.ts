import { describe, expect, it } from 'vitest';
import { BytesPayload } from '../../../../models/payload.ts';
import { FIRST_NAME, MeshNetwork, type MeshNode, type NodeOptions, said } from '../../../support/mesh.ts';
import { SECOND } from '../../../support/networks.ts';
import { open } from '../../../support/tcp-pair.ts';

/** The second node connects to the first. */
function join(first: NodeOptions, second: NodeOptions, seconds = 1): [MeshNode, MeshNode] {
  const mesh = new MeshNetwork();
  const [a, b] = [mesh.add(first), mesh.add(second)];
  for (const { router } of [a, b]) router.start();
  b.router.connect([a.address]);
  mesh.run(seconds);
  return [a, b];
}

/** What the log says about connections that have ended. */
function errors(node: MeshNode): string[] {
  return said(node, /shutting down/).map((line) =>
    line.replace(/^.*?due to error(?: during handshake)?: /, ''),
  );
}

/** A node, and somebody who speaks TCP only: what it says of him. */
function stranger(
  words: Uint8Array,
  seconds: number,
  end?: 'shutDown',
): { node: MeshNode; errors: string[] } {
  const mesh = new MeshNetwork();
  const [node, other] = [mesh.add(), mesh.add()];
  node.router.start();
  const connection = open(other.host, node.address, 6783);
  mesh.run(0.001);
  if (words.length > 0) connection.send(words.length, new BytesPayload(words));
  if (end !== undefined) connection.shutDown();
  mesh.run(seconds);
  return { node, errors: errors(node) };
}

const HEADER = Uint8Array.of(...new TextEncoder().encode('weave'), 1, 2);

describe('a handshake', () => {
  it('makes both ends agree on a number and a key', () => {
    const [a, b] = join({ password: 'word' }, { password: 'word' });
    const [ours, theirs] = [a, b].map(({ overlay }) => overlay.connections[0].parameters);
    expect(ours.connectionUid).toBe(theirs.connectionUid);
    expect(ours.sessionKey).toHaveLength(32);
    expect(ours.sessionKey).toEqual(theirs.sessionKey);
    expect(ours).toMatchObject({ outbound: false, remotePort: 0 });
    expect(theirs).toMatchObject({ outbound: true, remotePort: 6783 });
    expect(ours.features.get('Overlays')).toBe('sleeve');
    expect(String(ours.remotePeer)).toBe('02:00:00:00:00:02(node-2)');
  });

  it('gives the overlay no key where both trust the network between them', () => {
    const trustedSubnets = [{ address: 0x0a_09_00_00, length: 16 }];
    const [a] = join({ password: 'word', trustedSubnets }, { password: 'word', trustedSubnets });
    expect(a.overlay.connections[0].parameters.sessionKey).toBeNull();
    const [c] = join({ password: 'word', trustedSubnets }, { password: 'word' });
    expect(c.overlay.connections[0].parameters.sessionKey).toHaveLength(32);
  });

  it('ends when only one has a password', () => {
    const [a, b] = join({ password: 'word' }, {});
    expect(errors(a)[0]).toBe('password specified, but peer requested an unencrypted connection');
    // whose reset may be there first
    expect(errors(b)[0]).toMatch(/^no password specificed, but peer requested an encrypted|reset by peer$/);
    expect(a.router.connectionMaker.connections.size).toBe(0);
  });

  it('ends when they have different passwords', () => {
    const [a, b] = join({ password: 'word' }, { password: 'wort' });
    expect([...errors(a), ...errors(b)]).toContain('Unable to decrypt TCP msg');
    expect(a.router.peers.all()).toHaveLength(1);
    expect(b.router.connectionMaker.targets.get('10.9.0.1:6783')).toMatchObject({ state: 'waiting' });
  });

  it('ends when the peer is ourself, and is not tried again', () => {
    const mesh = new MeshNetwork();
    const node = mesh.add();
    node.router.start();
    node.router.connect([node.address]);
    mesh.run(1000);
    expect(errors(node)).toContain('cannot connect to ourself');
    expect(said(node, /attempting/)).toHaveLength(1);
    expect(node.router.connectionMaker.terminations).toBeLessThanOrEqual(1);
    expect(node.router.connectionMaker.directTargets(true)).toEqual([]);
    expect(node.router.connectionMaker.directTargets(false)).toEqual([node.address]);
  });

  it('ends when somebody else has our name, and is not tried again', () => {
    const name = FIRST_NAME;
    const [, b] = join({ name }, { name }, 1000);
    const both = 'local "02:00:00:00:00:01(node-2)" and remote "02:00:00:00:00:01(node-1)"';
    expect(errors(b)).toEqual([`${both} peer names collision`]);
    expect(said(b, /attempting/)).toHaveLength(1);
  });

  it('ends when the overlay has nothing in common with the other', () => {
    const [a] = join({ refusal: 'no common overlay' }, {});
    expect(errors(a)).toEqual(['no common overlay']);
  });

  it('ends after 10 s without a header', () => {
    const { node, errors } = stranger(new Uint8Array(), 11);
    expect(errors[0]).toMatch(/^failed to receive remote protocol header: read tcp .*: i\/o timeout$/);
    const [accepted, ended] = node.lines;
    expect((ended.time - accepted.time) / SECOND).toBeCloseTo(10, 3);
  });

  it('ends after 60 s when no more than a header comes', () => {
    const { node, errors } = stranger(HEADER, 61);
    expect(errors[0]).toMatch(/^read tcp 10\.9\.0\.1:6783->10\.9\.0\.2:\d+: i\/o timeout$/);
    expect((node.lines[1].time - node.lines[0].time) / SECOND).toBeCloseTo(60, 2);
  });

  it.each([
    ['another protocol', 'HTTP/1.', 'remote protocol header not recognised: [72 84 84 80 47]'],
    ['versions to come', 'weave\u0003\u0005', 'remote version range [3,5] is incompatible with ours [1,2]'],
    ['a strange flag', 'weave\u0001\u0002\u0007', 'Bad encryption flag 7'],
    [
      'too long a message',
      'weave\u0001\u0002\u0000\u007f\u0000\u0000\u0000',
      /^incoming message exceeds maximum/,
    ],
  ])('ends with %s', (_what, words, error) => {
    const { errors } = stranger(new TextEncoder().encode(words), 1);
    expect(errors).toHaveLength(1);
    if (typeof error === 'string') expect(errors[0]).toBe(error);
    else expect(errors[0]).toMatch(error);
  });

  it('ends with a header cut short', () => {
    const { errors } = stranger(HEADER.subarray(0, 3), 1, 'shutDown');
    const text = 'received incomplete remote protocol header (3 octets instead of 7): [119 101 97]';
    expect(errors[0]).toBe(`${text}; error: unexpected EOF`);
  });

  it('ends with what is no gob', () => {
    const { errors } = stranger(Uint8Array.of(...HEADER, 0, 0, 0, 0, 3, 1, 2, 3), 1);
    expect(errors).toHaveLength(1);
  });
});
