import { expect, it } from 'vitest';
import { differingFields, type Field, firstOccurrences, lastOccurrences, matchesPattern } from './fields.ts';
import { OpaqueBytes } from './opaque-bytes.ts';
import { applyHints, DEFAULT_OPTIONS, parsePortRange, parseSkipRule } from './options.ts';

it('matches a field by name, by the end of its name, and by its layer', () => {
  for (const pattern of ['inner.ip.ttl', 'ip.ttl', 'ttl', 'inner', 'ip', 'inner.ip']) {
    expect(matchesPattern('inner.ip.ttl', pattern)).toBe(true);
  }
  for (const pattern of ['p.ttl', 'inner.i', 'ip.tt', 'icmp', '']) {
    expect(matchesPattern('inner.ip.ttl', pattern)).toBe(false);
  }
});

it('compares bytes that a snap length cut as far as both go', () => {
  const bytes = (text: string, wireLength: number) => new OpaqueBytes(Buffer.from(text), wireLength);
  expect(bytes('abcd', 4).equals(bytes('abcd', 4))).toBe(true);
  expect(bytes('abcd', 4).equals(bytes('abce', 4))).toBe(false);
  expect(bytes('abcd', 8).equals(bytes('ab', 8))).toBe(true);
  expect(bytes('abcd', 8).equals(bytes('abcd', 9))).toBe(false);
  expect(String(bytes('abcdefghijklmnopq', 17))).toBe('17 bytes 6162636465666768696a6b6c6d6e6f70..');
});

it('lists what differs in the order of the headers, absent fields too', () => {
  const a: Field[] = [
    { name: 'x', value: 1 },
    { name: 'y', value: 2 },
    { name: 'z', value: 3 },
  ];
  const b: Field[] = [
    { name: 'x', value: 1 },
    { name: 'z', value: '3' },
    { name: 'w', value: 4 },
  ];
  expect(differingFields(a, b)).toEqual([
    { name: 'y', golden: 2, candidate: undefined },
    { name: 'z', golden: 3, candidate: '3' },
    { name: 'w', golden: undefined, candidate: 4 },
  ]);
});

it('takes the first of two equal names for comparing, the last one for rules', () => {
  const tags: Field[] = [
    { name: 'vlan.tci', value: '0x0001' },
    { name: 'vlan.tci', value: '0x0002' },
  ];
  expect(firstOccurrences(tags).get('vlan.tci')).toBe('0x0001');
  expect(lastOccurrences(tags).get('vlan.tci')).toBe('0x0002');
});

it('reads ranges and rules, and says what is wrong with others', () => {
  expect(parsePortRange('1024-65535')).toEqual({ low: 1024, high: 65535 });
  expect(() => parsePortRange('1024')).toThrow('"1024" is not a port range');
  expect(parseSkipRule('arp.op=1,eth.src=a=b')).toEqual([
    { field: 'arp.op', value: '1' },
    { field: 'eth.src', value: 'a=b' },
  ]);
  expect(() => parseSkipRule('arp.op')).toThrow('"arp.op" is not a condition');
});

it("adds a case's hints, but keeps a port range that was asked for", () => {
  const hints = { eph: '1024-65535', mask_mac: true, ignore: ['udp.payload'] };
  expect(applyHints({ ...DEFAULT_OPTIONS, ignore: ['tcp.window'] }, hints)).toMatchObject({
    ephemeralPorts: { low: 1024, high: 65535 },
    maskMac: true,
    ignore: ['tcp.window', 'udp.payload'],
  });
  const asked = { ...DEFAULT_OPTIONS, ephemeralPorts: { low: 5, high: 6 } };
  expect(applyHints(asked, hints).ephemeralPorts).toEqual({ low: 5, high: 6 });
});
