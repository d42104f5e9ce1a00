import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { quote } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import { findLookAlike } from './look-alikes.ts';
import type { TextProblem } from './text-problem.ts';

export interface DocumentValue {
  /** Plain maps (without prototype), lists and scalars. */
  value: unknown;
  problems: TextProblem[];
  /** What each alias stands for. */
  targets: WeakMap<Alias, Node>;
}

/** The JavaScript value of a document, with aliases followed; duplicate keys and the like are reported. */
export function documentValue(document: Document.Parsed): DocumentValue {
  const reader = new ValueReader();
  const value = reader.read(document.contents, 0);
  return { value, problems: reader.problems, targets: reader.targets };
}

class ValueReader {
  readonly problems: TextProblem[] = [];
  readonly targets = new WeakMap<Alias, Node>();
  private readonly anchors = new Map<string, Node>();
  /** Collections being read: an alias to one of them would have no end. */
  private readonly open = new Set<Node>();
  private readonly reported = new Set<number>();
  private valueCount = 0;

  read(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    this.valueCount++;
    if (this.valueCount > limits.values) {
      const message = `aliases grow the file to more than ${limits.values} values`;
      if (this.valueCount === limits.values + 1) this.report(node, { message });
      return null;
    }
    if (isAlias(node)) return this.readAlias(node, depth);
    const anchor = (node as Scalar).anchor;
    if (anchor !== undefined) this.anchors.set(anchor, node);
    if (isScalar(node)) return this.readScalar(node, false);
    if (depth > limits.nesting) {
      this.report(node, { message: `nested more than ${limits.nesting} levels deep` });
      return null;
    }
    this.open.add(node);
    const value = isMap(node)
      ? this.readMap(node, depth)
      : isSeq(node)
        ? node.items.map((item) => this.read(item as Node | null, depth + 1))
        : null;
    this.open.delete(node);
    return value;
  }

  private readAlias(alias: Alias, depth: number): unknown {
    const target = this.anchors.get(alias.source);
    if (target === undefined) {
      const nearest = nearestName(alias.source, this.anchors.keys());
      this.report(alias, { message: `nothing before has the anchor ${quote(alias.source)}`, nearest });
      return null;
    }
    if (this.open.has(target)) {
      this.report(alias, { message: `the alias ${quote(alias.source)} stands inside what it refers to` });
      return null;
    }
    this.targets.set(alias, target);
    return this.read(target, depth);
  }

  private readScalar(scalar: Scalar, isKey: boolean): unknown {
    if (scalar.type === 'PLAIN' && scalar.source !== undefined) {
      const found = findLookAlike(scalar.source, scalar.range?.[0] ?? 0, isKey);
      if (found !== undefined) this.push(found);
    }
    return scalar.value;
  }

  private readMap(map: YAMLMap, depth: number): Record<string, unknown> {
    // Without prototype, so that keys such as "constructor" are keys and nothing else.
    const result: Record<string, unknown> = Object.create(null);
    const lines = new Set<string>();
    for (const pair of map.items) {
      const key = this.readKey(pair.key as Node | null, map);
      if (key !== undefined && lines.has(key)) {
        this.report(pair.key as Node, { message: `the key ${quote(key)} stands here a second time` });
      }
      const value = this.read(pair.value as Node | null, depth + 1);
      if (key === undefined || lines.has(key)) continue;
      lines.add(key);
      result[key] = value;
    }
    return result;
  }

  private readKey(key: Node | null, map: YAMLMap): string | undefined {
    if (!isScalar(key)) {
      this.report(key ?? map, { message: 'a key is not plain text' });
      return undefined;
    }
    const value = this.readScalar(key, true);
    const text = value === null ? (key.source ?? '') : String(value);
    if (text === '__proto__') {
      this.report(key, { message: 'the key "__proto__" is not allowed' });
      return undefined;
    }
    if (text === '<<') {
      const expected = 'an alias in the place of the whole map';
      this.report(key, { message: 'merge keys are not part of YAML 1.2', expected });
      return undefined;
    }
    return text;
  }

  private report(node: Node, problem: Omit<TextProblem, 'offset'>): void {
    this.push({ offset: node.range?.[0] ?? 0, ...problem });
  }

  /** Content behind an alias is read again each time; its problems are told once. */
  private push(problem: TextProblem): void {
    if (this.reported.has(problem.offset) || this.problems.length >= limits.errors) return;
    this.reported.add(problem.offset);
    this.problems.push(problem);
  }
}
