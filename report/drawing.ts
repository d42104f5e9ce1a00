import { formatIpv4, formatPrefix } from '../models/wire/ipv4-address.ts';
import type { ClusterPlan } from '../scenarios/plan.ts';
import { podName } from '../scenarios/topology/pod-names.ts';
import type { Cable, CableEnd, Host } from '../scenarios/topology/topology.ts';
import { formatDuration, formatRate } from './units.ts';

/** A thing in a drawing: what stands in it, a line each, its name first. */
export interface Box {
  /** Letters, digits and underscores; unique in the drawing. */
  id: string;
  kind: 'node' | 'router' | 'lan' | 'pod' | 'pods';
  lines: string[];
}

export interface Line {
  from: string;
  to: string;
  /** Absent for a pod's veth pair. */
  label?: string;
}

/** A cluster as boxes and lines, before any drawing language. */
export interface Drawing {
  name: string;
  boxes: Box[];
  lines: Line[];
}

/** A node's pods are drawn one by one up to this many, else as one box. */
const PODS_DRAWN = 6;
/**
 * Hosts beyond this many of one LAN would only make a drawing that nobody can read: their pods are always one
 * box.
 */
const HOSTS_DRAWN = 12;

export function drawingOf(plan: ClusterPlan): Drawing {
  const boxes: Box[] = [];
  const lines: Line[] = [];
  for (const [index, lan] of plan.lans.entries()) {
    const subnet = lan.subnet === undefined ? [] : [formatPrefix(lan.subnet)];
    boxes.push({ id: `lan${index}`, kind: 'lan', lines: [lan.name, ...subnet] });
  }
  for (const [index, host] of plan.hosts.entries()) {
    boxes.push({ id: `host${index}`, kind: host.kind, lines: hostLines(host) });
  }
  for (const cable of plan.cables) {
    const [from, to] = cable.ends.map(boxOf);
    lines.push({ from, to, label: cableLabel(cable) });
  }
  const byNode = podsByNode(plan);
  for (const [node, pods] of byNode) drawPods(plan, node, pods, boxes, lines);
  return { name: plan.name, boxes, lines };
}

function hostLines(host: Host): string[] {
  const addresses = host.nics.map((nic) =>
    nic.address === undefined ? nic.name : `${nic.name} ${formatPrefix(nic.address)}`,
  );
  return [host.name, ...addresses];
}

function boxOf(end: CableEnd): string {
  return end.nic !== undefined ? `host${end.nic.host}` : `lan${end.port.lan}`;
}

function cableLabel({ rate, delay, loss }: Cable): string {
  const parts = [formatRate(rate), formatDuration(delay)];
  if (loss > 0) parts.push(`${loss * 100}% loss`);
  return parts.join(', ');
}

function podsByNode(plan: ClusterPlan): Map<number, number[]> {
  const byNode = new Map<number, number[]>();
  for (let pod = 0; pod < plan.pods.initial; pod++) {
    const node = plan.pods.node[pod];
    const pods = byNode.get(node);
    if (pods === undefined) byNode.set(node, [pod]);
    else pods.push(pod);
  }
  return byNode;
}

function drawPods(plan: ClusterPlan, node: number, pods: number[], boxes: Box[], lines: Line[]): void {
  const to = `host${node}`;
  const address = (pod: number) => (plan.weave === undefined ? [formatIpv4(plan.pods.address[pod])] : []);
  const describe = (pod: number) => [podName(plan.pods, pod), ...address(pod)];
  if (pods.length > PODS_DRAWN || plan.hosts.length > HOSTS_DRAWN) {
    const id = `pods${node}`;
    const last = pods[pods.length - 1];
    const span =
      pods.length === 1
        ? describe(last)
        : [`${pods.length} pods`, `${describe(pods[0])[0]} to ${describe(last)[0]}`];
    boxes.push({ id, kind: 'pods', lines: span });
    lines.push({ from: to, to: id });
    return;
  }
  for (const pod of pods) {
    boxes.push({ id: `pod${pod}`, kind: 'pod', lines: describe(pod) });
    lines.push({ from: to, to: `pod${pod}` });
  }
}
