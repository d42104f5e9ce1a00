import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { shiftDecimalPoint } from '../../scenarios/schema/quantity.ts';
import { parseQueue, printQueue } from '../../scenarios/schema/queue.ts';
import { Malformed } from '../../scenarios/schema/text-value.ts';
import * as units from '../../scenarios/schema/units.ts';

describe('values with units', () => {
  it.each([
    ['5us', 5_000],
    ['5 µs', 5_000],
    ['1ms', 1_000_000],
    ['1.5ms', 1_500_000],
    ['0.1us', 100],
    ['10s', 10_000_000_000],
    ['2min', 120_000_000_000],
    ['1h', 3_600_000_000_000],
    ['0s', 0],
    ['9007199254740991ns', Number.MAX_SAFE_INTEGER],
  ])('reads the duration %s as %d ns', (text, nanoseconds) => {
    expect(units.parseDuration(text)).toBe(nanoseconds);
  });

  it.each([
    ['10Gbit', 10e9],
    ['10 gbit', 10e9],
    ['1.5Mbit/s', 1_500_000],
    ['200kbit', 200_000],
    ['64bit', 64],
  ])('reads the rate %s as %d bit/s', (text, rate) => {
    expect(units.parseRate(text)).toBe(rate);
  });

  it.each([
    ['1200B', 1200],
    ['1200 B', 1200],
    ['1500 bytes', 1500],
    ['1 byte', 1],
    ['64 KiB', 65_536],
    ['100 MiB', 104_857_600],
    ['1kB', 1000],
    ['1.5MB', 1_500_000],
  ])('reads the size %s as %d bytes', (text, bytes) => {
    expect(units.parseSize(text)).toBe(bytes);
  });

  it.each([
    ['0.1%', 0.001],
    ['0%', 0],
    ['100 %', 1],
    ['33.3%', 0.333],
  ])('reads %s as the fraction %d', (text, fraction) => {
    expect(units.parsePercent(text)).toBe(fraction);
  });

  it.each([
    ['256 packets', { packets: 256 }],
    ['1 packet', { packets: 1 }],
    ['64 KiB', { bytes: 65_536 }],
    ['256 packets, 64 KiB', { packets: 256, bytes: 65_536 }],
  ])('reads the queue limit %s', (text, limit) => {
    expect(parseQueue(text)).toEqual(limit);
  });

  it.each([
    [units.parseDuration, '10', '10 has no unit', undefined],
    [units.parseDuration, '5sec', '"5sec" is not a duration', '5s'],
    [units.parseDuration, '-5s', '"-5s" is not a duration', undefined],
    [units.parseDuration, '', '"" is not a duration', undefined],
    [units.parseDuration, '0.5ns', '"0.5ns" is not a whole number of nanoseconds', undefined],
    [units.parseDuration, '999999999h', '"999999999h" is too large', undefined],
    [units.parseRate, '10Gbps', '"10Gbps" is not a rate', '10Gbit'],
    [units.parseRate, '1e9bit', '"1e9bit" is not a rate', undefined],
    [units.parseSize, '1200b', '"1200b" is not a size', '1200B'],
    [units.parseSize, '64K', '"64K" is not a size', '64KiB'],
    [units.parsePercent, '101%', '101% is more than 100%', undefined],
    [parseQueue, '0 packets', 'a queue must hold one packet at least', undefined],
    [parseQueue, '1.5 packets', 'a queue must hold one packet at least', undefined],
    [parseQueue, '1 packet, 2 packets', '"1 packet, 2 packets" says the same limit twice', undefined],
  ])('%o refuses %s', (parse, text, message, nearest) => {
    const result = parse(text);
    expect(result).toBeInstanceOf(Malformed);
    expect(result).toMatchObject({ message, hint: nearest === undefined ? {} : { nearest } });
  });
});

describe('printing', () => {
  const whole = fc.oneof(fc.integer({ min: 0, max: 1e6 }), fc.maxSafeNat());

  test.prop([whole])('prints what reads back as the same duration, rate and size', (value) => {
    expect(units.parseDuration(units.printDuration(value))).toBe(value);
    expect(units.parseRate(units.printRate(value))).toBe(value);
    expect(units.parseSize(units.printSize(value))).toBe(value);
  });

  test.prop([fc.double({ min: 0, max: 1, noNaN: true, minExcluded: true }).filter((value) => value > 1e-12)])(
    'prints what reads back as the same fraction, bit for bit',
    (fraction) => {
      expect(units.parsePercent(units.printPercent(fraction))).toBe(fraction);
    },
  );

  test.prop([fc.integer({ min: 1, max: 1e7 }), fc.option(fc.integer({ min: 1, max: 1e9 }))])(
    'prints what reads back as the same queue limit',
    (packets, bytes) => {
      const limit = bytes === null ? { packets } : { packets, bytes };
      expect(parseQueue(printQueue(limit))).toEqual(limit);
    },
  );

  test.prop([fc.string({ unit: 'binary', maxLength: 40 })])('answers any text without throwing', (text) => {
    for (const parse of [
      units.parseDuration,
      units.parseRate,
      units.parseSize,
      units.parsePercent,
      parseQueue,
    ]) {
      const result: unknown = parse(text);
      expect(['number', 'object']).toContain(typeof result);
      if (typeof result === 'number') expect(result).toBeGreaterThanOrEqual(0);
    }
  });

  it('prints round values in their usual unit', () => {
    expect([0, 1, 5_000, 1_500_000, 10e9].map(units.printDuration)).toEqual([
      '0s',
      '1ns',
      '5us',
      '1500us',
      '10s',
    ]);
    expect([1e10, 1_500_000, 64].map(units.printRate)).toEqual(['10Gbit', '1500kbit', '64bit']);
    expect([1500, 65_536, 0].map(units.printSize)).toEqual(['1500B', '64KiB', '0B']);
    expect([0.001, 1, 0].map(units.printPercent)).toEqual(['0.1%', '100%', '0%']);
  });

  it.each([
    ['1.25', 2, '125'],
    ['1.25', -2, '0.0125'],
    ['1e-7', 2, '0.00001'],
    ['100', -2, '1'],
    ['0', 5, '0'],
    ['1.5e+3', -1, '150'],
  ])('moves the point of %s by %d', (number, places, result) => {
    expect(shiftDecimalPoint(number, places)).toBe(result);
  });
});
