import type { NetworkNamespace } from '../../models/netns/network-namespace.ts';
import { type Qdisc, qdiscSpec } from '../schema/qdisc.ts';

/** Handle of a root that has children. */
const ROOT = 1;

/** Gives an interface the discipline of the scenario, or takes the one away that it has. @throws ControlError */
export function applyQdisc(namespace: NetworkNamespace, dev: string, qdisc: Qdisc): void {
  const spec = qdiscSpec(qdisc);
  // a new one each time, also of the same kind
  if (namespace.findInterface(dev)?.qdisc != null) namespace.deleteQdisc({ dev });
  if (spec === null) return;
  namespace.setQdisc({ dev, handle: ROOT }, spec, 'replace');
  for (const [number, child] of Object.entries(qdisc.children ?? {})) {
    const childSpec = qdiscSpec(child);
    if (childSpec === null) continue;
    namespace.setQdisc({ dev, parent: { major: ROOT, minor: Number(number) } }, childSpec, 'add');
  }
}
