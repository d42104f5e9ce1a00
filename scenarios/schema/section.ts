import { z } from 'zod';

const knownKeys = new WeakMap<object, readonly string[]>();

/**
 * A map of the scenario with a fixed set of keys; any other key is an error. The keys that the map could have
 * had are remembered for the report (`keysKnownAt`).
 */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') knownKeys.set(issue.input as object, keys);
      return undefined;
    },
  });
}

/** The keys that `section` allows at a map in which it has met an unknown one. */
export function keysKnownAt(map: object): readonly string[] {
  return knownKeys.get(map) ?? [];
}
