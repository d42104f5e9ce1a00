import type { MatchSpec, Negatable, TableName, TargetSpec } from '../../../models/netfilter/control-types.ts';
import type { Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { parameterProblem } from './errors.ts';

/** An option of an extension. */
export interface OptionDefinition {
  /** Without the dashes; the key under which `build` finds it. */
  name: string;
  aliases?: readonly string[];
  /** How many words follow it. Default 1. */
  words?: 0 | 1 | 2;
  /** Whether `!` may stand before it. */
  invertible?: boolean;
  /** Options of which at most one may be given. */
  excludes?: readonly string[];
  /** May be given again; the last one counts. */
  repeatable?: boolean;
  /** The complaint about a second one, where it is not that of libxtables. */
  onceText?: string;
}

/** An option as it was given. */
export interface GivenOption extends Negatable {
  not: boolean;
  /** The word after it; empty for one that takes none. */
  value: string;
  /** Of an option that takes two. */
  second: string;
}

/** What the rest of the line says, for extensions that depend on it. */
export interface RuleContext {
  table: TableName;
  protocol?: Negatable & { number: number };
  hosts: ReadonlyMap<string, Ipv4Address>;
  /** Whether there is an ipset of that name. */
  hasSet(name: string): boolean;
}

/** Reads and prints one extension. `list` and `save` begin with a blank, or are empty. */
export interface Extension<Spec> {
  name: string;
  options: readonly OptionDefinition[];
  /** @throws XtablesError */
  build(given: GivenOptions, context: RuleContext): Spec;
  /** How `-L` shows it after the addresses. */
  list(spec: Spec, numeric: boolean, protocol?: number): string;
  /** How `-S` and `iptables-save` show its options. */
  save(spec: Spec): string;
}

export type MatchExtension<M extends MatchSpec['match']> = Extension<Extract<MatchSpec, { match: M }>>;
export type TargetExtension<T extends TargetSpec['target']> = Extension<Extract<TargetSpec, { target: T }>>;

/** The options of one occurrence of an extension, checked as libxtables checks them. */
export class GivenOptions {
  private readonly given = new Map<string, GivenOption>();

  constructor(private readonly owner: { name: string; options: readonly OptionDefinition[] }) {}

  add(definition: OptionDefinition, option: GivenOption): void {
    const { name } = definition;
    if (this.given.has(name) && definition.repeatable !== true) {
      throw parameterProblem(
        definition.onceText ?? `${this.owner.name}: option "--${name}" can only be used once.\n`,
      );
    }
    if (option.not && definition.invertible !== true) {
      throw parameterProblem(`${this.owner.name}: option "--${name}" cannot be inverted.\n`);
    }
    this.given.set(name, option);
  }

  get(name: string): GivenOption | undefined {
    return this.given.get(name);
  }

  has(name: string): boolean {
    return this.given.has(name);
  }

  /** Whether `!` stood before one of them. */
  anyNegated(): boolean {
    return [...this.given.values()].some(({ not }) => not);
  }

  get size(): number {
    return this.given.size;
  }

  /** Of options that exclude each other, in the order of their definition, the first two are named. */
  checkExclusions(): void {
    for (const { name, excludes = [] } of this.owner.options) {
      const other = excludes.find((candidate) => this.given.has(candidate));
      if (!this.given.has(name) || other === undefined) continue;
      throw parameterProblem(
        `${this.owner.name}: option "--${name}" cannot be used together with "--${other}".\n`,
      );
    }
  }

  /** @throws XtablesError when it was not given */
  required(name: string): GivenOption {
    const option = this.given.get(name);
    if (option === undefined)
      throw parameterProblem(`${this.owner.name}: option "--${name}" must be specified\n`);
    return option;
  }
}

/** `{ not: true }` or nothing, to be spread into a specification. */
export function negation({ not }: Negatable): Negatable {
  return not === true ? { not: true } : {};
}

/** ` !` before a negated option. */
export function bang({ not }: Negatable): string {
  return not === true ? ' !' : '';
}
