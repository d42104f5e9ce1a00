import type { Box, Drawing, Line } from '../drawing.ts';
import { escapeHtml } from '../escape-html.ts';

/** Nodes drawn at most, each with its pods below it; the others are counted. */
const NODES_DRAWN = 6;
const BOX_WIDTH = 164;
const GAP = 20;
const LINE_HEIGHT = 16;
const PADDING = 9;
/** From one row to the next: room for what stands at the cables. */
const ROW_GAP = 64;
const POD_GAP = 8;

interface Placed extends Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A cluster as SVG: LANs and routers above, nodes below them, and under each node its pods. */
export function renderTopology(drawing: Drawing): string {
  const nodes = drawing.boxes.filter(({ kind }) => kind === 'node');
  const shown = nodesShown(nodes, drawing.lines);
  const placed = new Map<string, Placed>();
  const joints = drawing.boxes.filter(({ kind }) => kind === 'lan' || kind === 'router');
  const jointsHeight = Math.max(0, ...joints.map(heightOf));
  const nodesTop = jointsHeight + ROW_GAP;
  for (const [column, node] of shown.entries()) place(placed, node, column * (BOX_WIDTH + GAP), nodesTop);
  placePods(placed, drawing, nodesTop + Math.max(0, ...shown.map(heightOf)) + POD_GAP * 2);
  placeJoints(placed, joints, drawing.lines);
  const boxes = [...placed.values()];
  const width = Math.max(...boxes.map((box) => box.x + box.width), BOX_WIDTH) + 2;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) + 2;
  const lines = drawing.lines.filter(({ from, to }) => placed.has(from) && placed.has(to));
  const usual = usualLabel(lines);
  const parts = [
    `<svg class="topology" width="${width}" height="${height}" viewBox="-1 -1 ${width} ${height}" ` +
      `role="img" aria-label="${escapeHtml(`The cluster ${drawing.name}`)}">`,
    ...lines.map((line) => drawCable(placed.get(line.from)!, placed.get(line.to)!, line, usual)),
    ...boxes.map(drawBox),
    '</svg>',
  ];
  return `<div class="wide">${parts.join('')}</div>${caption(nodes.length - shown.length, usual)}`;
}

/** Of every LAN or router as many nodes, those of one beside each other. */
function nodesShown(nodes: readonly Box[], lines: readonly Line[]): Box[] {
  const joints = new Map<string, Box[]>();
  for (const node of nodes) {
    const line = lines.find(
      ({ from, to, label }) => label !== undefined && (from === node.id || to === node.id),
    );
    const joint = line === undefined ? '' : line.from === node.id ? line.to : line.from;
    joints.set(joint, [...(joints.get(joint) ?? []), node]);
  }
  const each = Math.max(1, Math.floor(NODES_DRAWN / Math.max(1, joints.size)));
  return [...joints.values()].flatMap((group) => group.slice(0, each));
}

function caption(more: number, usual: string | undefined): string {
  const notes: string[] = [];
  if (usual !== undefined) notes.push(`Cables without a label: ${usual}.`);
  if (more > 0) notes.push(`${more} more nodes are not drawn.`);
  return notes.length === 0 ? '' : `<p class="note">${escapeHtml(notes.join(' '))}</p>`;
}

function place(placed: Map<string, Placed>, box: Box, x: number, y: number): void {
  placed.set(box.id, { ...box, x, y, width: BOX_WIDTH, height: heightOf(box) });
}

function heightOf({ lines }: Box): number {
  return lines.length * LINE_HEIGHT + PADDING * 2;
}

/** Pods stand below their node, one under the other. */
function placePods(placed: Map<string, Placed>, { boxes, lines }: Drawing, top: number): void {
  const bottoms = new Map<string, number>();
  const nodeOf = new Map(lines.map(({ from, to }) => [to, from]));
  for (const pod of boxes.filter(({ kind }) => kind === 'pod' || kind === 'pods')) {
    const node = nodeOf.get(pod.id);
    const above = node === undefined ? undefined : placed.get(node);
    if (node === undefined || above === undefined) continue;
    const y = bottoms.get(node) ?? top;
    place(placed, pod, above.x, y);
    bottoms.set(node, y + heightOf(pod) + POD_GAP);
  }
}

/** LANs and routers stand over the middle of what they join, pushed apart where they would overlap. */
function placeJoints(placed: Map<string, Placed>, joints: readonly Box[], lines: readonly Line[]): void {
  const wanted = joints.map((box) => {
    const ends = lines.flatMap(({ from, to }) => (from === box.id ? [to] : to === box.id ? [from] : []));
    const xs = ends.flatMap((id) => placed.get(id)?.x ?? []);
    return { box, x: xs.length === 0 ? 0 : xs.reduce((sum, x) => sum + x, 0) / xs.length };
  });
  let free = 0;
  for (const { box, x } of wanted.sort((a, b) => a.x - b.x)) {
    place(placed, box, Math.max(x, free), 0);
    free = Math.max(x, free) + BOX_WIDTH + GAP * 4;
  }
}

/** What most cables are like: it is told once. */
function usualLabel(lines: readonly Line[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { label } of lines) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1]);
  return usual?.[0];
}

function drawCable(from: Placed, to: Placed, { label }: Line, usual: string | undefined): string {
  const beside = from.y === to.y;
  const [left, right] = from.x < to.x ? [from, to] : [to, from];
  const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
  const ends = beside
    ? [left.x + left.width, left.y + left.height / 2, right.x, right.y + right.height / 2]
    : [upper.x + upper.width / 2, upper.y + upper.height, lower.x + lower.width / 2, lower.y];
  const [x1, y1, x2, y2] = ends;
  const title = label === undefined ? '' : `<title>${escapeHtml(label)}</title>`;
  const kind = label === undefined ? 'veth' : 'cable';
  const line = `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}">${title}</line>`;
  if (label === undefined || label === usual) return line;
  const [x, y] = beside ? [(x1 + x2) / 2, y1 - 8] : [x2, y2 - 8];
  return `${line}<text class="cable-label" x="${x}" y="${y}">${escapeHtml(label)}</text>`;
}

function drawBox({ kind, x, y, width, height, lines }: Placed): string {
  const corner = kind === 'lan' ? height / 2 : kind === 'node' ? 3 : 8;
  const texts = lines.map((text, index) => {
    const at = y + PADDING + LINE_HEIGHT * (index + 0.75);
    const style = index === 0 ? 'name' : 'detail';
    return `<text class="${style}" x="${x + width / 2}" y="${at}">${escapeHtml(text)}</text>`;
  });
  const place = `x="${x}" y="${y}" width="${width}" height="${height}"`;
  return `<rect class="${kind}" ${place} rx="${corner}"/>${texts.join('')}`;
}
