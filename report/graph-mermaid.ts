import type { Box, Drawing } from './drawing.ts';

/** How Mermaid brackets the shapes: nodes as boxes, routers as hexagons, LANs as stadiums, pods rounded. */
const shapes: Record<Box['kind'], [open: string, close: string]> = {
  node: ['[', ']'],
  router: ['{{', '}}'],
  lan: ['([', '])'],
  pod: ['(', ')'],
  pods: ['[[', ']]'],
};

/** A flowchart of Mermaid (https://mermaid.js.org), which many Markdown readers draw. */
export function printMermaid(drawing: Drawing): string {
  const lines = ['---', `title: ${JSON.stringify(drawing.name)}`, '---', 'flowchart TB'];
  for (const { id, kind, lines: texts } of drawing.boxes) {
    const [open, close] = shapes[kind];
    lines.push(`  ${id}${open}"${texts.map(escapeText).join('<br/>')}"${close}`);
  }
  for (const { from, to, label } of drawing.lines) {
    lines.push(label === undefined ? `  ${from} -.- ${to}` : `  ${from} ---|"${escapeText(label)}"| ${to}`);
  }
  return `${lines.join('\n')}\n`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `#${character.codePointAt(0)};`);
}
