import { prefixMask } from '../../models/wire/ipv4-address.ts';
import type { ScenarioPath } from '../diagnostic.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { Problems } from '../problems.ts';
import type { Scenario } from '../schema/scenario.ts';
import { macOfFarEnd, macOfPort, macOfSwitch } from './derived-mac.ts';
import { matchNics } from './match-hosts.ts';
import { NoMatch } from './no-match.ts';
import { PortNames } from './port-names.ts';
import type { Cable, CableEnd, CableProperties, Host, Lan, Nic, Port } from './topology.ts';

type LinkSection = Scenario['cluster']['links'][number];
type Override = Partial<CableProperties>;

/**
 * Plugs every interface in: makes the LAN switches and all cables. An interface goes where a link, its `lan`,
 * the `members` or the `subnet` of a LAN put it, and else to the only LAN.
 */
export function plugIn(
  scenario: Scenario,
  hosts: Host[],
  hostByName: ReadonlyMap<string, number>,
  lanByName: Map<string, number>,
  problems: Problems,
): { lans: Lan[]; cables: Cable[] } {
  return new Wiring(scenario, hosts, hostByName, lanByName, problems).run();
}

class Wiring {
  private readonly lans: Lan[] = [];
  private readonly cables: Cable[] = [];
  /** The LAN of each interface, once known. */
  private readonly lanOf = new Map<Nic, number>();
  /** What links say about the cable of each interface. */
  private readonly overrides = new Map<Nic, Override>();
  private readonly portNames = new PortNames();

  constructor(
    private readonly scenario: Scenario,
    private readonly hosts: Host[],
    private readonly hostByName: ReadonlyMap<string, number>,
    private readonly lanByName: Map<string, number>,
    private readonly problems: Problems,
  ) {}

  run(): { lans: Lan[]; cables: Cable[] } {
    this.makeLans();
    this.joinByName();
    for (const [index, link] of this.scenario.cluster.links.entries()) {
      this.readLink(link, ['cluster', 'links', index]);
    }
    this.joinByMembers();
    for (const host of this.hosts) {
      for (const nic of host.nics) this.plugNic(nic);
    }
    return { lans: this.lans, cables: this.cables };
  }

  private makeLans(): void {
    const { lans, defaults } = this.scenario.cluster;
    for (const [name, section] of Object.entries(lans).slice(0, limits.lans)) {
      const index = this.lans.length;
      this.lanByName.set(name, index);
      this.lans.push({
        name,
        mac: macOfSwitch(index),
        ageing: section.ageing,
        mtu: section.mtu ?? defaults.mtu,
        subnet: section.subnet,
        ports: [],
        domain: index,
        path: ['cluster', 'lans', name],
      });
    }
  }

  private joinByName(): void {
    for (const nic of this.hosts.flatMap((host) => host.nics)) {
      if (nic.given.lan === undefined) continue;
      const index = this.lanByName.get(nic.given.lan);
      if (index !== undefined) this.lanOf.set(nic, index);
      else this.unknownLan(nic.given.lan, [...nic.path, 'lan']);
    }
  }

  /** One entry of `links`: a cable of its own, or what is said about the cables to a LAN. */
  private readLink(link: LinkSection, path: ScenarioPath): void {
    const { endpoints, ...override } = link;
    const ends = endpoints.map((text, position) => this.readEnd(text, [...path, 'endpoints', position]));
    const [a, b] = ends;
    if (a === undefined || b === undefined) return;
    if (typeof a === 'number' && typeof b === 'number') this.joinLans(a, b, override, path);
    else if (typeof a === 'number') this.joinNics(b as Nic[], a, override, path);
    else if (typeof b === 'number') this.joinNics(a, b, override, path);
    else this.joinPairs(a, b, override, path);
  }

  /** A LAN, or the interfaces that the text stands for. */
  private readEnd(text: string, path: ScenarioPath): number | Nic[] | undefined {
    if (text.includes(':')) {
      const nics = matchNics(text, this.hosts, this.hostByName);
      if (!(nics instanceof NoMatch)) return nics;
      this.problems.unresolved(path, nics);
      return undefined;
    }
    const lan = this.lanByName.get(text);
    if (lan !== undefined) return lan;
    const host = this.hosts[this.hostByName.get(text) ?? -1];
    if (host === undefined) this.unknownLan(text, path);
    else {
      const nearest = `${text}:${host.nics[0]?.name ?? 'eth0'}`;
      this.problems.error(path, `"${text}" is a ${host.kind}, not one of its interfaces`, { nearest });
    }
    return undefined;
  }

  private joinNics(nics: Nic[], lan: number, override: Override, path: ScenarioPath): void {
    for (const nic of nics) {
      const known = this.lanOf.get(nic);
      if (nic.cable >= 0 || (known !== undefined && known !== lan)) {
        const where = nic.cable >= 0 ? 'a cable' : `LAN ${this.lans[known!].name}`;
        this.problems.error(path, `${this.nameOf(nic)} is plugged into ${where} already`);
        continue;
      }
      this.lanOf.set(nic, lan);
      this.overrides.set(nic, overlay({ ...this.overrides.get(nic) }, override));
    }
  }

  private joinPairs(a: Nic[], b: Nic[], override: Override, path: ScenarioPath): void {
    if (a.length !== b.length) {
      const message = `${a.length} interfaces at one end and ${b.length} at the other`;
      this.problems.error([...path, 'endpoints'], message, { expected: 'as many at both ends' });
      return;
    }
    const properties = this.properties({}, override);
    for (const [index, nic] of a.entries()) {
      const other = b[index];
      const taken = [nic, other].find((end) => end.cable >= 0 || this.lanOf.has(end));
      if (taken !== undefined || nic === other) {
        this.problems.error(path, `${this.nameOf(taken ?? nic)} is plugged in already`);
        continue;
      }
      nic.cable = this.addCable({ nic }, { nic: other }, properties);
      other.cable = nic.cable;
      nic.mtu = nic.given.mtu ?? properties.mtu;
      other.mtu = other.given.mtu ?? properties.mtu;
    }
  }

  /** A cable between two switches makes one LAN of the two. */
  private joinLans(a: number, b: number, override: Override, path: ScenarioPath): void {
    const [from, to] = [this.lans[a].domain, this.lans[b].domain];
    if (from === to) {
      const message = `${this.lans[a].name} and ${this.lans[b].name} are joined already: a loop of switches`;
      this.problems.error([...path, 'endpoints'], message, { expected: 'one way between any two switches' });
      return;
    }
    for (const lan of this.lans) if (lan.domain === from) lan.domain = to;
    const ends = [this.addPort(a, `t-${this.lans[b].name}`), this.addPort(b, `t-${this.lans[a].name}`)];
    this.addCable({ port: ends[0] }, { port: ends[1] }, this.properties({}, override));
  }

  private joinByMembers(): void {
    for (const [name, section] of Object.entries(this.scenario.cluster.lans)) {
      const lan = this.lanByName.get(name);
      if (lan === undefined) continue;
      for (const [position, text] of (section.members ?? []).entries()) {
        const path = ['cluster', 'lans', name, 'members', position];
        const nics = this.readEnd(text, path);
        if (typeof nics === 'number') this.problems.error(path, `"${text}" is a LAN, not an interface`);
        else if (nics !== undefined) this.joinNics(nics, lan, {}, path);
      }
    }
  }

  private plugNic(nic: Nic): void {
    if (nic.cable >= 0) return;
    const lan = this.lanOf.get(nic) ?? this.lanBySubnet(nic) ?? (this.lans.length === 1 ? 0 : undefined);
    if (lan === undefined) {
      nic.mtu = nic.given.mtu ?? this.scenario.cluster.defaults.mtu;
      if (nic.given.lan !== undefined) return;
      const expected = `lan: with one of ${this.lans
        .slice(0, 10)
        .map(({ name }) => name)
        .join(', ')}, or a link`;
      this.problems.error(nic.path, `${this.nameOf(nic)} is not plugged into any LAN`, {
        at: 'key',
        expected,
      });
      return;
    }
    const section = this.scenario.cluster.lans[this.lans[lan].name];
    const properties = this.properties(section, this.overrides.get(nic) ?? {});
    nic.mtu = nic.given.mtu ?? properties.mtu;
    const wanted = `p-${this.hosts[nic.host].name}`;
    const port = this.addPort(lan, wanted, nic);
    nic.cable = this.addCable({ nic }, { port }, properties);
  }

  private lanBySubnet(nic: Nic): number | undefined {
    const address = nic.address?.address;
    if (address === undefined) return undefined;
    const index = this.lans.findIndex(
      ({ subnet }) => subnet !== undefined && (address & prefixMask(subnet.length)) === subnet.address,
    );
    return index < 0 ? undefined : index;
  }

  private addPort(lan: number, wanted: string, nic?: Nic): Port {
    const ports = this.lans[lan].ports;
    const name = this.portNames.unique(lan, wanted, nic?.name, ports.length);
    const mac = nic?.address === undefined ? macOfPort(lan, ports.length) : macOfFarEnd(nic.address.address);
    const port: Port = { lan, name, mac };
    ports.push(port);
    return port;
  }

  private addCable(a: CableEnd, b: CableEnd, properties: CableProperties): number {
    return this.cables.push({ ends: [a, b], ...properties }) - 1;
  }

  /** From far to near: the defaults of the cluster, the LAN, and the links in their order. */
  private properties(lan: Override, links: Override): CableProperties {
    const { ip_forward: _, ...defaults } = this.scenario.cluster.defaults;
    return overlay(overlay(defaults, lan), links);
  }

  private unknownLan(name: string, path: ScenarioPath): void {
    const nearest = () => nearestName(name, this.lanByName.keys());
    this.problems.error(path, `there is no LAN "${name}"`, { nearest, reference: true });
  }

  private nameOf(nic: Nic): string {
    return `${this.hosts[nic.host].name}:${nic.name}`;
  }
}

const propertyNames = ['rate', 'delay', 'mtu', 'queue', 'loss', 'overhead', 'qdisc', 'impairments'] as const;

/** Changes `properties` where `override` says something. */
function overlay<Properties extends Override>(properties: Properties, override: Override): Properties {
  for (const name of propertyNames) {
    if (override[name] !== undefined) Object.assign(properties, { [name]: override[name] });
  }
  return properties;
}
