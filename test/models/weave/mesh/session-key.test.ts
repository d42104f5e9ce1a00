import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../../../engine/random.ts';
import { drawKeyPair, MessageCipher, sessionKeyOf } from '../../../../models/weave/mesh/session-key.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes));
const bytesOf = (words: string) => new TextEncoder().encode(words);

/** Made with libsodium: crypto_box_beforenm, then SHA-256 with the password behind it. */
const PRIVATE = Uint8Array.from({ length: 32 }, (_, i) => i);
const OTHER_PUBLIC = Buffer.from('7d9c24316539825c1896e57f28197746793ce60cbee3ad47da9d07b85fa55e2a', 'hex');
const SESSION_KEY = 'f442dbdda0764190bef180e41743eaa0b6c075bae27b758bc934eba02ec00644';

describe('the session key', () => {
  it('is what libsodium makes of the keys, hashed with the password', () => {
    expect(hex(sessionKeyOf(OTHER_PUBLIC, PRIVATE, 'wfvAwt7sj'))).toBe(SESSION_KEY);
  });

  it('is the same at both ends, and another with another password', () => {
    const random = new RandomStreams(1).stream('weave_key', 'x');
    const [a, b] = [drawKeyPair(random), drawKeyPair(random)];
    const ours = hex(sessionKeyOf(b.publicKey, a.privateKey, 'word'));
    expect(hex(sessionKeyOf(a.publicKey, b.privateKey, 'word'))).toBe(ours);
    expect(hex(sessionKeyOf(a.publicKey, b.privateKey, 'wort'))).not.toBe(ours);
  });
});

describe('a sealed message', () => {
  const key = Buffer.from(SESSION_KEY, 'hex');

  it('is what libsodium seals with the nonce of its number', () => {
    const sealer = new MessageCipher(key, true);
    expect(hex(sealer.seal(bytesOf('first')))).toBe('738ea61e45cd56aff750bec8fa5b100c21e13aa2d8');
    expect(hex(sealer.seal(bytesOf('second')))).toBe('87571e18e9a0cab7f7fc3124a703939cc05bb361106e');
  });

  it('opens in its turn and its direction only', () => {
    const sealer = new MessageCipher(key, true);
    const [first, second] = [sealer.seal(bytesOf('first')), sealer.seal(bytesOf('second'))];
    expect(new MessageCipher(key, false).open(first)).toBeNull();
    const opener = new MessageCipher(key, true);
    expect(opener.open(second)).toBeNull();
    expect(text(opener.open(first))).toBe('first');
    expect(text(opener.open(second))).toBe('second');
  });
});
