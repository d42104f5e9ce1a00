import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { ScenarioPath } from '../diagnostic.ts';

/** Finds the place in the text of a value, or of its key, by its path in the document. */
export class Locator {
  private readonly pairs = new WeakMap<YAMLMap, Map<string, Pair>>();

  constructor(
    private readonly document: Document.Parsed,
    private readonly targets: WeakMap<Alias, Node>,
  ) {}

  /** Offset in the text. Where the path leads nowhere, the place of its last step that does. */
  offset(path: ScenarioPath, at: 'key' | 'value'): number {
    let node: Node | null = this.document.contents;
    let keyOffset = node?.range?.[0] ?? 0;
    let valueOffset = keyOffset;
    for (const step of path) {
      const found = this.step(node, step);
      // What is missing belongs to the map that lacks it: point at the key of that map.
      if (found === undefined) return keyOffset;
      node = found.value;
      valueOffset = startOf(node) ?? found.keyOffset ?? keyOffset;
      keyOffset = found.keyOffset ?? valueOffset;
    }
    return at === 'key' ? keyOffset : valueOffset;
  }

  private step(
    from: Node | null,
    step: string | number,
  ): { value: Node | null; keyOffset: number | undefined } | undefined {
    const node = isAlias(from) ? (this.targets.get(from) ?? null) : from;
    if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | null | undefined;
      return item === undefined ? undefined : { value: item, keyOffset: undefined };
    }
    if (!isMap(node)) return undefined;
    const pair = this.pairsOf(node).get(String(step));
    if (pair === undefined) return undefined;
    return { value: pair.value as Node | null, keyOffset: (pair.key as Node).range?.[0] };
  }

  private pairsOf(map: YAMLMap): Map<string, Pair> {
    const known = this.pairs.get(map);
    if (known !== undefined) return known;
    const pairs = new Map<string, Pair>();
    for (const pair of map.items) {
      if (!isScalar(pair.key)) continue;
      const key = pair.key.value === null ? (pair.key.source ?? '') : String(pair.key.value);
      if (!pairs.has(key)) pairs.set(key, pair);
    }
    this.pairs.set(map, pairs);
    return pairs;
  }
}

/** Undefined for a value that is not written at all, as after `stop:` alone. */
function startOf(node: Node | null): number | undefined {
  if (node === null || !node.range) return undefined;
  const empty = isScalar(node) && node.range[0] === node.range[1];
  return empty ? undefined : node.range[0];
}
