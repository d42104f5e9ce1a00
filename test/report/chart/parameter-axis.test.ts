import { describe, expect, it } from 'vitest';
import { parameterAxis } from '../../../report/chart/parameter-axis.ts';

describe('the axis of a parameter', () => {
  it.each([
    [['200kbit', '1Mbit'], 'rate', [200_000, 1e6]],
    [['5ms', '20us'], 'duration', [5e6, 20e3]],
    [['60%', '5%'], 'percent', [0.6, 0.05]],
    [['1500B', '64 KiB'], 'count', [1500, 65_536]],
    [['1000/s', '2500/s'], 'count', [1000, 2500]],
    [[2, 16], 'count', [2, 16]],
  ] as const)('has %j at their places', (values, kind, places) => {
    const { axis, place } = parameterAxis('x', [...values]);
    expect(axis.kind).toBe(kind);
    expect(values.map((value) => place(value))).toEqual(places);
    expect(axis.ticks?.map(({ text }) => text).sort()).toEqual(values.map(String).sort());
  });

  it('has names, and what is of several kinds, one after the other', () => {
    const { axis, place } = parameterAxis('x', ['reno', 'cubic', '5ms'], 'log');
    expect(axis.scale).toBe('linear');
    expect(['reno', 'cubic', '5ms'].map(place)).toEqual([0, 1, 2]);
  });

  it('is logarithmic only where all values are above zero', () => {
    expect(parameterAxis('x', [1, 10], 'log').axis.scale).toBe('log');
    expect(parameterAxis('x', [0, 10], 'log').axis.scale).toBe('linear');
  });
});
