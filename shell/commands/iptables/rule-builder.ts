import type {
  AddressMatch,
  InterfaceMatch,
  MatchSpec,
  RuleSpec,
  TableName,
  TargetSpec,
} from '../../../models/netfilter/control-types.ts';
import type { Ipv4Address } from '../../../models/wire/ipv4-address.ts';
import { NotSupported } from '../../failure.ts';
import { parameterProblem } from './errors.ts';
import {
  type Extension,
  type GivenOption,
  GivenOptions,
  negation,
  type OptionDefinition,
  type RuleContext,
} from './extension.ts';
import type { Option } from './getopt.ts';
import { MATCHES, UNMODELLED_MATCHES } from './matches/index.ts';
import { parseProtocol } from './protocols.ts';
import { protocolName } from './services.ts';
import { TARGETS, UNMODELLED_TARGETS } from './targets/index.ts';
import { parseAddresses } from './values.ts';

/** An extension that the line has loaded, with what it has said about it. */
interface Loaded {
  extension: Extension<MatchSpec> | Extension<TargetSpec>;
  given: GivenOptions;
}

/** An option of a loaded extension. */
export interface ExtensionOption {
  loaded: Loaded;
  definition: OptionDefinition;
}

const INTERFACE_LENGTH = 15;

/** Where the parts of a rule come from besides its line. */
export interface Surroundings {
  hosts: ReadonlyMap<string, Ipv4Address>;
  hasSet(name: string): boolean;
}

/** Gathers one rule as its options come along, and makes of it one rule for each pair of addresses. */
export class RuleBuilder {
  /** The chain that `-j` or `-g` names; undefined when it names a target. */
  chain: string | undefined;
  /** What `-j` names, whatever it is. */
  jump: string | undefined;

  private readonly rule: RuleSpec = {};
  private readonly matches: { extension: Extension<MatchSpec>; given: GivenOptions }[] = [];
  private target: { extension: Extension<TargetSpec>; given: GivenOptions } | undefined;
  private goto = false;
  private source: { text: string; not: boolean } | undefined;
  private destination: { text: string; not: boolean } | undefined;
  private protocolMatchLoaded = false;

  constructor(private readonly surroundings: Surroundings) {}

  setAddresses(side: 'source' | 'destination', text: string, not: boolean): void {
    this[side] = { text, not };
  }

  setProtocol(text: string, not: boolean): void {
    const number = parseProtocol(text);
    if (number === 0 && not) throw parameterProblem('rule would never match protocol');
    if (number !== 0) this.rule.protocol = { number, ...negation({ not }) };
  }

  /** @returns a warning about its name, if there is one */
  setInterface(side: 'inInterface' | 'outInterface', name: string, not: boolean): string {
    if (name === '') throw parameterProblem('Empty interface is likely to be undesired');
    if (name.length > INTERFACE_LENGTH) {
      throw parameterProblem(`interface name \`${name}' must be shorter than IFNAMSIZ (${INTERFACE_LENGTH})`);
    }
    const spec: InterfaceMatch = { name, ...negation({ not }) };
    if (name !== '+' || not) this.rule[side] = spec;
    if (!/[\s/]/.test(name)) return '';
    return `Warning: weird character in interface \`${name}' ('/' and ' ' are not allowed by the kernel).\n`;
  }

  setFragment(not: boolean): void {
    this.rule.fragment = negation({ not });
  }

  loadMatch(name: string): void {
    const extension = MATCHES.get(name);
    if (extension !== undefined) this.matches.push({ extension, given: new GivenOptions(extension) });
    else if (UNMODELLED_MATCHES.has(name)) throw new NotSupported('iptables', `-m ${name}`);
    else throw parameterProblem(`Couldn't load match \`${name}':No such file or directory\n`);
  }

  setJump(name: string, goto: boolean): void {
    this.jump = name;
    this.goto = goto;
    const extension = goto ? undefined : TARGETS.get(name);
    if (extension !== undefined) this.target = { extension, given: new GivenOptions(extension) };
    else if (!goto && UNMODELLED_TARGETS.has(name)) throw new NotSupported('iptables', `-j ${name}`);
    else this.chain = name;
  }

  /** The options of what is loaded, the newest first. */
  options(): Option<ExtensionOption>[] {
    const loaded: Loaded[] = [...this.matches];
    if (this.target !== undefined) loaded.push(this.target);
    return loaded.reverse().flatMap((one) => optionsOf(one));
  }

  /** An option that is unknown so far may be one of the match that belongs to the protocol. */
  loadProtocolMatch(): boolean {
    const { protocol } = this.rule;
    if (protocol === undefined || this.protocolMatchLoaded) return false;
    this.protocolMatchLoaded = true;
    const name = protocolName(protocol.number);
    if (!MATCHES.has(name) && !UNMODELLED_MATCHES.has(name)) return false;
    this.loadMatch(name);
    return true;
  }

  addOption({ loaded, definition }: ExtensionOption, option: GivenOption): void {
    loaded.given.add(definition, option);
  }

  /** Checks and makes the extensions' parts of the rule. */
  buildExtensions(table: TableName): void {
    const context: RuleContext = { ...this.surroundings, table, protocol: this.rule.protocol };
    const matches: MatchSpec[] = [];
    for (const { extension, given } of this.matches) {
      given.checkExclusions();
      const spec = extension.build(given, context);
      if (!saysNothing(spec, given)) matches.push(spec);
    }
    if (matches.length > 0) this.rule.matches = matches;
    if (this.target !== undefined) {
      this.target.given.checkExclusions();
      this.rule.target = this.target.extension.build(this.target.given, context);
    } else if (this.chain !== undefined) {
      this.rule.target = { target: 'chain', chain: this.chain, ...(this.goto ? { goto: true } : {}) };
    }
  }

  /** One rule for each source and destination. */
  rules(): RuleSpec[] {
    const sources = this.addresses(this.source);
    const destinations = this.addresses(this.destination);
    if (
      (sources.length > 1 && this.source?.not === true) ||
      (destinations.length > 1 && this.destination?.not === true)
    ) {
      throw parameterProblem('! not allowed with multiple source or destination IP addresses');
    }
    return sources.flatMap((source) =>
      destinations.map((destination) => ({
        ...(source === undefined ? {} : { source }),
        ...(destination === undefined ? {} : { destination }),
        ...this.rule,
      })),
    );
  }

  private addresses(given: { text: string; not: boolean } | undefined): (AddressMatch | undefined)[] {
    if (given === undefined) return [undefined];
    return parseAddresses(given.text, this.surroundings.hosts).map((address) =>
      address.mask === 0 && !given.not ? undefined : { ...address, ...negation(given) },
    );
  }
}

function optionsOf(loaded: Loaded): Option<ExtensionOption>[] {
  return loaded.extension.options.flatMap((definition) => {
    const id: ExtensionOption = { loaded, definition };
    const argument = definition.words === 0 ? ('none' as const) : ('required' as const);
    return [definition.name, ...(definition.aliases ?? [])].map((long) => ({ id, long, argument }));
  });
}

/** nft makes nothing at all of a negated range of all ports. */
function saysNothing(spec: MatchSpec, given: GivenOptions): boolean {
  return (
    (spec.match === 'tcp' || spec.match === 'udp') && Object.keys(spec).length === 1 && given.anyNegated()
  );
}
