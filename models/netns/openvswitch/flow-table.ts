import type { Flow, FlowAction, FlowKey } from './flow.ts';

/** Bits of a mask: what of a key a flow looks at, besides the port. */
const Mask = { ethernet: 1, tunnel: 2 } as const;
const MASKS = 4;

/** The flows of a datapath, found by hash for each mask that is in use (Linux `struct flow_table`). */
export class FlowTable {
  /** By mask; of each hash, the flows that have it. */
  private readonly byMask: (Map<number, Flow[]> | null)[] = new Array(MASKS).fill(null);
  /** In the order in which they were first used: the first that has a match decides. */
  private readonly masks: number[] = [];
  private readonly all = new Set<Flow>();

  get size(): number {
    return this.all.size;
  }

  /** In the order in which they were made. */
  list(): Flow[] {
    return [...this.all];
  }

  /** The flow of a frame. */
  lookup(key: FlowKey): Flow | null {
    for (const mask of this.masks) {
      const flow = this.find(key, mask);
      if (flow !== null) return flow;
    }
    return null;
  }

  /** The flow that has exactly this key. */
  get(key: FlowKey): Flow | null {
    return this.find(key, maskOf(key));
  }

  /** Makes a flow, or gives one that has the key other actions. */
  set(key: FlowKey, actions: readonly FlowAction[]): void {
    const known = this.get(key);
    if (known !== null) {
      known.actions = actions;
      return;
    }
    const flow: Flow = { key, actions, packets: 0, bytes: 0, used: -1 };
    const mask = maskOf(key);
    let flows = this.byMask[mask];
    if (flows === null) {
      flows = new Map();
      this.byMask[mask] = flows;
      this.masks.push(mask);
    }
    const hash = hashOf(key, mask);
    flows.set(hash, [...(flows.get(hash) ?? []), flow]);
    this.all.add(flow);
  }

  delete(flow: Flow): void {
    const mask = maskOf(flow.key);
    const flows = this.byMask[mask]!;
    const hash = hashOf(flow.key, mask);
    const others = flows.get(hash)!.filter((other) => other !== flow);
    if (others.length > 0) flows.set(hash, others);
    else flows.delete(hash);
    this.all.delete(flow);
    if (flows.size > 0) return;
    this.byMask[mask] = null;
    this.masks.splice(this.masks.indexOf(mask), 1);
  }

  private find(key: FlowKey, mask: number): Flow | null {
    // what did not come by a tunnel matches no flow that asks for one
    if ((mask & Mask.tunnel) !== 0 && key.tunnel === null) return null;
    const flows = this.byMask[mask]?.get(hashOf(key, mask));
    return flows?.find((flow) => isMatch(flow.key, key)) ?? null;
  }
}

function maskOf({ ethernet, tunnel }: FlowKey): number {
  return (ethernet === null ? 0 : Mask.ethernet) | (tunnel === null ? 0 : Mask.tunnel);
}

function isMatch(flow: FlowKey, { inPort, ethernet, tunnel }: FlowKey): boolean {
  if (flow.inPort !== inPort) return false;
  const { ethernet: wanted, tunnel: by } = flow;
  if (wanted !== null && (wanted.source !== ethernet!.source || wanted.destination !== ethernet!.destination))
    return false;
  if (by === null) return true;
  return by.vni === tunnel!.vni && by.source === tunnel!.source && by.destination === tunnel!.destination;
}

function hashOf({ inPort, ethernet, tunnel }: FlowKey, mask: number): number {
  let hash = inPort;
  if ((mask & Mask.ethernet) !== 0) hash = mix(mix(hash, ethernet!.source), ethernet!.destination);
  if ((mask & Mask.tunnel) === 0) return hash;
  return mix(mix(mix(hash, tunnel!.vni), tunnel!.source), tunnel!.destination);
}

function mix(hash: number, word: number): number {
  return (Math.imul(hash ^ word, 0x9e3779b1) ^ (hash >>> 15)) | 0;
}
