import { ControlError } from '../netns/control-error.ts';
import { Chain } from './chain.ts';
import {
  BUILT_IN_CHAINS,
  type ChainView,
  type Counters,
  HOOK_NAMES,
  type Policy,
  type RuleRef,
  type RuleSpec,
  type TableName,
} from './control-types.ts';
import type { Rule } from './rule.ts';
import { checkRule, checkTarget } from './rule-check.ts';
import { ruleText } from './rule-text.ts';

/** Jumps are at most this deep (Linux `NFT_JUMP_STACK_SIZE`). */
const JUMPS_MAX = 16;
const CHAIN_NAME_MAX = 28;

/** What a table needs to make rules of their texts. */
export type RuleMaker = (spec: RuleSpec, chain: Chain | null) => Rule;

/** One table: its chains and their rules, as `iptables -t NAME` manages them. */
export class RuleTable {
  readonly name: TableName;
  private readonly builtIn: readonly Chain[];
  private readonly chains = new Map<string, Chain>();
  /** Rules that need connections to be tracked. */
  tracking = 0;

  constructor(
    name: TableName,
    private readonly make: RuleMaker,
  ) {
    this.name = name;
    this.builtIn = BUILT_IN_CHAINS[name].map((hook) => new Chain(name, hook, hook));
    for (const chain of this.builtIn) this.chains.set(chain.name, chain);
    this.relink();
  }

  get touched(): boolean {
    return this.chains.size > this.builtIn.length || this.builtIn.some((chain) => chain.touched);
  }

  /** Built-in chains, then the others by name. */
  allChains(): Chain[] {
    const others = [...this.chains.values()].filter((chain) => chain.hook === null);
    return [...this.builtIn, ...others.sort((a, b) => (a.name < b.name ? -1 : 1))];
  }

  find(name: string): Chain | undefined {
    return this.chains.get(name);
  }

  /** @throws ControlError ENOENT */
  get(name: string): Chain {
    const chain = this.chains.get(name);
    if (chain === undefined) throw new ControlError('ENOENT');
    return chain;
  }

  *allRules(): Generator<Rule> {
    for (const chain of this.chains.values()) yield* chain.rules;
  }

  insert(name: string, spec: RuleSpec, place: number | 'end', counters?: Counters): void {
    const chain = this.get(name);
    const at = place === 'end' ? chain.rules.length : place - 1;
    if (at < 0 || at > chain.rules.length) throw new ControlError('E2BIG');
    const rule = this.compile(chain, spec, counters);
    chain.rules.splice(at, 0, rule);
    this.linkOrUndo(chain, rule, () => {
      chain.rules.splice(at, 1);
    });
    chain.touched = true;
    if (rule.tracks) this.tracking++;
  }

  replace(name: string, number: number, spec: RuleSpec, counters?: Counters): void {
    const chain = this.get(name);
    const old = chain.rules[number - 1];
    if (old === undefined) throw new ControlError('E2BIG');
    const rule = this.compile(chain, spec, counters);
    chain.rules[number - 1] = rule;
    this.linkOrUndo(chain, rule, () => {
      chain.rules[number - 1] = old;
    });
    this.tracking += (rule.tracks ? 1 : 0) - (old.tracks ? 1 : 0);
    if (old.chain !== null) this.relink();
  }

  delete(name: string, ref: RuleRef): void {
    const chain = this.get(name);
    const place = typeof ref === 'number' ? ref - 1 : this.place(chain, ref);
    const rule = chain.rules[place];
    if (rule === undefined) throw new ControlError(typeof ref === 'number' ? 'E2BIG' : 'ENOENT');
    chain.rules.splice(place, 1);
    if (rule.tracks) this.tracking--;
    if (rule.chain !== null) this.relink();
  }

  has(name: string, spec: RuleSpec): boolean {
    return this.place(this.get(name), spec) >= 0;
  }

  newChain(name: string): void {
    if (name.length > CHAIN_NAME_MAX || name === '') throw new ControlError('EINVAL');
    if (this.chains.has(name)) throw new ControlError('EEXIST');
    this.chains.set(name, new Chain(this.name, name, null));
  }

  deleteChain(name?: string): void {
    if (name !== undefined) {
      this.deleteOne(this.get(name));
      return;
    }
    for (const chain of this.allChains()) {
      const unused = chain.hook === null && chain.rules.length === 0 && this.references(chain) === 0;
      if (unused) this.chains.delete(chain.name);
    }
  }

  private deleteOne(chain: Chain): void {
    if (chain.hook !== null) throw new ControlError('EINVAL');
    if (chain.rules.length > 0) throw new ControlError('ENOTEMPTY');
    if (this.references(chain) > 0) throw new ControlError('EBUSY');
    this.chains.delete(chain.name);
  }

  renameChain(name: string, newName: string): void {
    const chain = this.get(name);
    if (chain.hook !== null || newName.length > CHAIN_NAME_MAX) throw new ControlError('EINVAL');
    if (this.chains.has(newName)) throw new ControlError('EEXIST');
    this.chains.delete(name);
    chain.name = newName;
    this.chains.set(newName, chain);
    for (const rule of this.allRules()) {
      if (rule.chain === chain && rule.spec.target?.target === 'chain') rule.spec.target.chain = newName;
    }
  }

  setPolicy(name: string, policy: Policy, counters?: Counters): void {
    const chain = this.get(name);
    if (chain.hook === null) throw new ControlError('EINVAL');
    chain.policy = policy;
    chain.touched = true;
    chain.counts = true;
    chain.packets = counters?.packets ?? 0;
    chain.bytes = counters?.bytes ?? 0;
  }

  flush(name?: string): void {
    const chains = name === undefined ? this.allChains() : [this.get(name)];
    for (const chain of chains) chain.rules = [];
    if (name !== undefined) chains[0].touched = true;
    this.tracking = 0;
    for (const rule of this.allRules()) if (rule.tracks) this.tracking++;
    this.relink();
  }

  zero(name?: string, number?: number): void {
    const chains = name === undefined ? this.allChains() : [this.get(name)];
    for (const chain of chains) {
      if (number !== undefined) {
        const rule = chain.rules[number - 1];
        if (rule === undefined) throw new ControlError('E2BIG');
        rule.count({ packets: 0, bytes: 0 });
        continue;
      }
      chain.packets = 0;
      chain.bytes = 0;
      for (const rule of chain.rules) rule.count({ packets: 0, bytes: 0 });
    }
  }

  view(chain: Chain): ChainView {
    const { name, policy, hook, packets, bytes, rules } = chain;
    const view: ChainView = {
      name,
      references: this.references(chain),
      packets,
      bytes,
      rules: rules.map((rule) => rule.view()),
    };
    if (hook !== null) view.policy = policy;
    return view;
  }

  private compile(chain: Chain, spec: RuleSpec, counters?: Counters): Rule {
    const copy = structuredClone(spec);
    checkRule(this.name, copy);
    const { target } = copy;
    const to = target?.target === 'chain' ? this.get(target.chain) : null;
    if (to !== null && to.hook !== null) throw new ControlError('EINVAL');
    checkTarget(this.name, copy, chain.hooks);
    const rule = this.make(copy, to);
    if (counters !== undefined) rule.count(counters);
    return rule;
  }

  private place(chain: Chain, spec: RuleSpec): number {
    const text = ruleText(spec);
    return chain.rules.findIndex((rule) => ruleText(rule.spec) === text);
  }

  private references(chain: Chain): number {
    let count = 0;
    for (const rule of this.allRules()) if (rule.chain === chain) count++;
    return count;
  }

  private linkOrUndo(chain: Chain, rule: Rule, undo: () => void): void {
    if (rule.chain === null || chain.hooks === 0) return;
    try {
      this.reach(rule.chain, chain.hooks, chain.depth + 1);
    } catch (error) {
      undo();
      this.relink();
      throw error;
    }
  }

  /** Finds anew from which hooks each chain is reached. */
  private relink(): void {
    for (const chain of this.chains.values()) {
      chain.hooks = 0;
      chain.depth = 0;
    }
    for (const chain of this.builtIn) this.reach(chain, 1 << HOOK_NAMES.indexOf(chain.hook!), 0);
  }

  /** Packets of `hooks` now come to a chain, and from it to others (Linux `nft_chain_validate`). */
  private reach(chain: Chain, hooks: number, depth: number): void {
    if (depth >= JUMPS_MAX) throw new ControlError('EMLINK');
    if ((hooks & ~chain.hooks) === 0 && depth <= chain.depth) return;
    const added = hooks & ~chain.hooks;
    chain.hooks |= hooks;
    chain.depth = Math.max(chain.depth, depth);
    for (const rule of chain.rules) {
      if (added !== 0) checkTarget(this.name, rule.spec, added);
      if (rule.chain !== null) this.reach(rule.chain, chain.hooks, chain.depth + 1);
    }
  }
}
