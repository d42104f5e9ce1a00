/** What `TOPOLOGY.md` of a recording of tunnels between two or more nodes says. */
export interface Topology {
  title: string;
  /** UDP port of the tunnel. */
  port: number;
  underlayMtu: number;
  underlayLength: number;
  overlayMtu: number;
  ttl: number;
  hairpin: boolean;
  checksum: boolean;
  dontFragment: boolean;
  nodes: TopologyNode[];
  pods: TopologyPod[];
  /** VNI of what goes from one node to another. */
  vni(from: string, to: string): number;
  /** Whether there is one VNI for all. */
  singleVni: boolean;
  steps: Step[];
  captures: { file: string; ns: string; dev: string }[];
}

export interface TopologyNode {
  number: string;
  bridgeMac: string;
  address: string;
  bridgeAddress: string;
}

export interface TopologyPod {
  name: string;
  node: string;
  /** With its prefix length. */
  address: string;
  mac: string;
}

export type Step =
  | { kind: 'ping'; ns: string; command: string; to: string }
  | { kind: 'udp'; ns: string; to: string; port: number; size: number; sourcePorts: number[] }
  | { kind: 'heartbeat'; node: string; uid: string; length: number };

/** @throws Error when something that the case needs is not said */
export function parseTopology(text: string): Topology {
  const underlay = find(text, /Underlay [\d.]+\/(\d+), MTU (\d+)/);
  const vnis = parseVnis(text);
  return {
    title: find(text, /^#+ (.+)$/m)[1],
    port: Number(find(text, /UDP (\d+)/)[1]),
    underlayLength: Number(underlay[1]),
    underlayMtu: Number(underlay[2]),
    overlayMtu: Number(find(text, /bridge, pod and vxlan MTU (\d+)/)[1]),
    ttl: Number(find(text, /TTL (\d+)/)[1]),
    hairpin: /hairpin on/.test(text),
    checksum: !/outer UDP checksum off/.test(text),
    dontFragment: /DF set/.test(text),
    ...parseTables(text),
    ...vnis,
    steps: parseSteps(text),
  };
}

function find(text: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`nothing like ${pattern}`);
  return found;
}

/** Rows of the tables of nodes, pods and capture files, told apart by their first cell. */
function parseTables(text: string): Pick<Topology, 'nodes' | 'pods' | 'captures'> {
  const rows = [...text.matchAll(/^\|(.+)\|\s*$/gm)].map(([, row]) =>
    row.split('|').map((cell) => cell.trim().replaceAll('`', '')),
  );
  const nodes = rows
    .filter(([first]) => /^\d+$/.test(first))
    .map(([number, bridgeMac, address, bridgeAddress]) => ({ number, bridgeMac, address, bridgeAddress }));
  const pods = rows
    .filter((row) => row.length === 4 && /^\d+$/.test(row[1]))
    .map(([name, node, address, mac]) => ({ name, node, address, mac }));
  const captures = rows.flatMap(([file, where]) => {
    const place = /^(node|pod) (\w+) (\w+)$/.exec(where ?? '');
    if (!file.endsWith('.pcap') || place === null) return [];
    return [{ file, ns: place[1] === 'node' ? `node${place[2]}` : place[2], dev: place[3] }];
  });
  return { nodes, pods, captures };
}

function parseVnis(text: string): Pick<Topology, 'vni' | 'singleVni'> {
  const single = /VNI in both directions: (0x[0-9a-f]+|\d+)/i.exec(text);
  if (single !== null) return { singleVni: true, vni: () => Number(single[1]) };
  const line = find(text, /^VNI .*$/m)[0];
  const pairs = new Map(
    [...line.matchAll(/node (\d+) → (\d+): (0x[0-9a-f]+|\d+)/g)].map(([, from, to, vni]) => [
      `${from}>${to}`,
      Number(vni),
    ]),
  );
  return {
    singleVni: false,
    vni(from, to) {
      const vni = pairs.get(`${from}>${to}`);
      if (vni === undefined) throw new Error(`no VNI from node ${from} to ${to}`);
      return vni;
    },
  };
}

function parseSteps(text: string): Step[] {
  return [...text.matchAll(/^\d+\. (.+)$/gm)].map(([, line]): Step => {
    const ping = /^(\w+): `(ping .* ([\d.]+))`/.exec(line);
    if (ping !== null) return { kind: 'ping', ns: ping[1], command: ping[2], to: ping[3] };
    const udp =
      /^(\w+): .*UDP datagrams of (\d+) bytes to (\w+) port (\d+) from source ports (\d+)\.\.(\d+)/.exec(
        line,
      );
    if (udp !== null) {
      const [, ns, size, to, port, first, last] = udp;
      const count = Number(last) - Number(first) + 1;
      const sourcePorts = Array.from({ length: count }, (_, place) => Number(first) + place);
      return { kind: 'udp', ns, to, port: Number(port), size: Number(size), sourcePorts };
    }
    const beat = /^node (\d+) injects .* uid 0x([0-9a-f]{16}), .* total (\d+) bytes/.exec(line);
    if (beat !== null) return { kind: 'heartbeat', node: beat[1], uid: beat[2], length: Number(beat[3]) };
    throw new Error(`step "${line}" is not understood`);
  });
}
