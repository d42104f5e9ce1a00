import type { Box, Drawing } from './drawing.ts';

const shapes: Record<Box['kind'], string> = {
  node: 'box',
  router: 'hexagon',
  lan: 'ellipse',
  pod: 'box, style=rounded',
  pods: 'box3d',
};

/** A graph of Graphviz (https://graphviz.org): `podwire graph FILE --format dot | dot -Tsvg`. */
export function printDot(drawing: Drawing): string {
  const lines = [
    `graph ${quote(drawing.name)} {`,
    '  overlap=false;',
    '  node [fontname="sans-serif", fontsize=11];',
  ];
  for (const { id, kind, lines: texts } of drawing.boxes) {
    lines.push(`  ${id} [shape=${shapes[kind]}, label=${quote(texts.join('\n'))}];`);
  }
  for (const { from, to, label } of drawing.lines) {
    const attributes = label === undefined ? 'style=dashed' : `label=${quote(label)}, fontsize=9`;
    lines.push(`  ${from} -- ${to} [${attributes}];`);
  }
  lines.push('}');
  return `${lines.join('\n')}\n`;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}
