import type { GivenOptions, OptionDefinition } from '../extension.ts';
import { ALL_ONES, hexadecimal, integerOption, markOption } from '../values.ts';

/** What a mark becomes: (mark & ~mask) ^ value. */
export interface MarkChange {
  value: number;
  mask: number;
}

const NAMES = ['set-xmark', 'set-mark', 'and-mark', 'or-mark', 'xor-mark'] as const;

/** The five spellings of a change of a mark, which MARK and CONNMARK have in common. */
export const CHANGE_OPTIONS: readonly OptionDefinition[] = NAMES.map((name) => ({
  name,
  excludes: NAMES.filter((other) => other !== name),
}));

/** Undefined when none of them was given. */
export function buildChange(given: GivenOptions, owner: string): MarkChange | undefined {
  const name = NAMES.find((candidate) => given.has(candidate));
  if (name === undefined) return undefined;
  const text = given.get(name)!.value;
  if (name === 'set-xmark') return markOption(owner, name, text);
  if (name === 'set-mark') {
    const { value, mask } = markOption(owner, name, text);
    return { value, mask: (value | mask) >>> 0 };
  }
  const bits = integerOption(owner, name, text);
  if (name === 'and-mark') return { value: 0, mask: ~bits >>> 0 };
  return { value: bits, mask: name === 'or-mark' ? bits : 0 };
}

export function listChange({ value, mask }: MarkChange): string {
  if (value === 0) return ` and ${hexadecimal(~mask)}`;
  if (value === mask) return ` or ${hexadecimal(value)}`;
  if (mask === 0) return ` xor ${hexadecimal(value)}`;
  if (mask === ALL_ONES) return ` set ${hexadecimal(value)}`;
  return ` xset ${hexadecimal(value)}/${hexadecimal(mask)}`;
}

export function saveChange({ value, mask }: MarkChange): string {
  return ` --set-xmark ${hexadecimal(value)}/${hexadecimal(mask)}`;
}
