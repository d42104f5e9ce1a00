import type { Network } from '../../models/netns/network.ts';
import type { QdiscView } from '../../models/queueing/qdisc-control.ts';

/** Figures of a queueing discipline that somebody put on an interface. */
export interface QdiscResult {
  /** `node1:eth0`, and the class of a child. */
  name: string;
  kind: string;
  sent: number;
  sentBytes: number;
  dropped: number;
  /** Packets on which congestion was marked. */
  marked: number;
  overlimits: number;
  /** Packets that waited at once, at most and at the end. */
  peakPackets: number;
  waiting: number;
}

/** In the order of namespaces and interfaces, each root before its children. */
export function qdiscResults(network: Network): QdiscResult[] {
  return network.namespaces().flatMap((namespace) => {
    if (!namespace.interfaces().some(({ qdisc }) => qdisc !== null)) return [];
    return namespace
      .qdiscs()
      .filter(({ spec }) => spec !== undefined)
      .map((view) => resultOf(namespace.name, view));
  });
}

function resultOf(namespace: string, view: QdiscView): QdiscResult {
  const { dev, parent, kind, statistics, codel, red, backlogPackets } = view;
  const place = parent === undefined ? '' : ` class ${parent.minor}`;
  return {
    name: `${namespace}:${dev}${place}`,
    kind,
    sent: statistics.sentPackets,
    sentBytes: statistics.sentBytes,
    dropped: statistics.dropped,
    marked: (codel?.ecnMarks ?? 0) + (codel?.ceMarks ?? 0) + (red?.marked ?? 0),
    overlimits: statistics.overlimits,
    peakPackets: statistics.peakPackets,
    waiting: backlogPackets,
  };
}
