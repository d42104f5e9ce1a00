/** A line of a CSV file, with where it stands. */
export interface CsvRow {
  /** From 1. */
  line: number;
  /** Without blanks and quotes around them. */
  fields: string[];
  /** Where each begins, from 1, in UTF-16 units as editors count. */
  columns: number[];
}

/**
 * The rows of a text of comma-separated values (RFC 4180, without line breaks inside quotes). Empty lines and those
 * that begin with # are passed over.
 */
export function* csvRows(text: string): Generator<CsvRow> {
  let line = 0;
  let from = text.startsWith('\ufeff') ? 1 : 0;
  while (from < text.length) {
    let end = text.indexOf('\n', from);
    if (end < 0) end = text.length;
    line++;
    const content = text.slice(from, end).trimEnd();
    from = end + 1;
    if (content !== '' && !content.startsWith('#')) yield splitLine(content, line);
  }
}

function splitLine(content: string, line: number): CsvRow {
  const row: CsvRow = { line, fields: [], columns: [] };
  const field = /\s*("(?:[^"]|"")*"|[^,]*)\s*(,|$)/y;
  let behindComma = true;
  while (behindComma) {
    const at = field.lastIndex;
    // it fits any text: what is not well quoted is taken as it stands
    const [whole, text, comma] = field.exec(content)!;
    row.columns.push(at + whole.indexOf(text) + 1);
    const quoted = /^"(.*)"$/.exec(text);
    row.fields.push(quoted === null ? text.trimEnd() : quoted[1].replaceAll('""', '"'));
    behindComma = comma === ',';
  }
  return row;
}
