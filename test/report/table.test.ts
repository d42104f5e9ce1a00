import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { renderTable } from '../../report/table.ts';

describe('renderTable', () => {
  it('sets numbers to the right, texts to the left, each column as wide as its widest cell', () => {
    const columns = [{ title: 'name' }, { title: 'sent', align: 'right' }] as const;
    const rows = [
      ['a', '1'],
      ['longer', '12,345'],
    ];
    expect(renderTable(columns, rows)).toEqual(['  name      sent', '  a            1', '  longer  12,345']);
  });

  it('cuts the widest texts where a line would be too long', () => {
    const rows = [['x'.repeat(60), 'y'.repeat(30)]];
    const [, line] = renderTable([{ title: 'a' }, { title: 'b' }], rows, { width: 60 });
    expect(line).toMatch(/^ {2}x{25,29}… {2}y{24,30}…?$/);
    expect(line.length).toBeLessThanOrEqual(60);
    expect(line).toContain('…');
  });

  it('dresses a cell without changing its width', () => {
    const dress = (text: string) => `<${text}>`;
    const rows = [[{ text: '7', dress }], ['12']];
    expect(renderTable([{ title: 'n', align: 'right' }], rows)).toEqual(['   n', '   <7>', '  12']);
  });

  const cell = fc.string({ maxLength: 80, unit: 'grapheme-ascii' });
  test.prop([fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 })])(
    'never writes a longer line than it may',
    (rows) => {
      const columns = [{ title: 'one' }, { title: 'two' }, { title: 'three' }];
      for (const line of renderTable(columns, rows, { width: 70 }))
        expect(line.length).toBeLessThanOrEqual(70);
    },
  );
});
