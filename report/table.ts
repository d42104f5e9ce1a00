import type { Colors } from './colors.ts';
import { PLAIN } from './colors.ts';

export interface Column {
  title: string;
  /** Numbers stand to the right. */
  align?: 'left' | 'right';
}

/** A text, or one with something that dresses it once its width is settled. */
export type Cell = string | { text: string; dress: (text: string) => string };

export interface TableOptions {
  /** Columns of the screen. Texts that stand to the left are cut where a line would be longer. */
  width?: number;
  indent?: number;
  colors?: Colors;
}

const GAP = 2;
/** A column is not cut to fewer characters than this. */
const CUT_MIN = 12;

/** The lines of a table, its head first. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string[] {
  const { width = 100, indent = 2, colors = PLAIN } = options;
  const widths = columns.map(({ title }, column) =>
    Math.max(title.length, ...rows.map((row) => textOf(row[column]).length)),
  );
  narrow(columns, widths, width - indent);
  const line = (cells: readonly Cell[], dressLine: (text: string) => string) => {
    const parts = cells.map((cell, column) => fitCell(cell, widths[column], columns[column].align ?? 'left'));
    return dressLine((' '.repeat(indent) + parts.join(' '.repeat(GAP))).trimEnd());
  };
  const head = line(
    columns.map(({ title }) => title),
    (text) => colors.dim(text),
  );
  return [head, ...rows.map((row) => line(row, (text) => text))];
}

/** Takes the width that is missing from the widest texts. */
function narrow(columns: readonly Column[], widths: number[], available: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
  for (let excess = total() - available; excess > 0; excess = total() - available) {
    let widest = -1;
    for (const [column, { align }] of columns.entries()) {
      if (align === 'right' || widths[column] <= CUT_MIN) continue;
      if (widest < 0 || widths[column] > widths[widest]) widest = column;
    }
    if (widest < 0) return;
    widths[widest]--;
  }
}

function fitCell(cell: Cell, width: number, align: 'left' | 'right'): string {
  const text = textOf(cell);
  const short = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  const padding = ' '.repeat(width - short.length);
  const dressed = typeof cell === 'string' ? short : cell.dress(short);
  return align === 'right' ? padding + dressed : dressed + padding;
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
