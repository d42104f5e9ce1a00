import { parquetWriteBuffer } from 'hyparquet-writer';

export type CellValue = string | number | boolean | null;

/** A column of a table of results. */
export interface TableColumn {
  name: string;
  values: CellValue[];
}

/** An object for each row, a line each (https://jsonlines.org). */
export function jsonLines(columns: readonly TableColumn[]): string {
  return rowsOf(columns)
    .map((row) => `${JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])))}\n`)
    .join('');
}

/**
 * CSV after RFC 4180 with the names in the first line; null is an empty field. Lines end in a line feed
 * alone.
 */
export function csv(columns: readonly TableColumn[]): string {
  const lines: CellValue[][] = [columns.map(({ name }) => name), ...rowsOf(columns)];
  return lines.map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

/** An Apache Parquet file. Columns of numbers are doubles, of truth values booleans, others texts. */
export function parquet(columns: readonly TableColumn[]): Uint8Array {
  const columnData = columns.map(({ name, values }) => {
    const type = parquetType(values);
    const data = type === 'STRING' ? values.map((value) => (value === null ? null : String(value))) : values;
    return { name, data, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'podwire' }));
}

function parquetType(values: readonly CellValue[]): 'DOUBLE' | 'BOOLEAN' | 'STRING' {
  const there = values.filter((value) => value !== null);
  if (there.every((value) => typeof value === 'number')) return 'DOUBLE';
  return there.every((value) => typeof value === 'boolean') ? 'BOOLEAN' : 'STRING';
}

function rowsOf(columns: readonly TableColumn[]): CellValue[][] {
  const rows = columns[0]?.values.length ?? 0;
  return Array.from({ length: rows }, (_, row) => columns.map(({ values }) => values[row]));
}

function csvField(value: CellValue): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
