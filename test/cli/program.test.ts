import { describe, expect, it } from 'vitest';
import { podwireVersion } from '../../cli/version.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const command = (...args: string[]) => podwire(args, temporaryFolder());

describe('the command line', () => {
  it('prints its help and its version', async () => {
    const help = await command('--help');
    expect(help.status).toBe(0);
    for (const name of ['run', 'validate', 'explain', 'graph', 'init', 'schema'])
      expect(help.out).toContain(` ${name} `);
    expect(help.out).toContain('Exit status: 0 fine');
    expect(await command('--version')).toEqual({ status: 0, out: `${podwireVersion()}\n`, err: '' });
  });

  it('without a command prints the help as an error', async () => {
    const { status, out, err } = await command();
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('Usage: podwire');
  });

  it.each([
    [['rnu', 'x.yaml'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
    [['run', 'x.yaml', '--jsn'], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    [['run'], /missing required argument 'FILE'/],
    [['run', 'a.yaml', 'b.yaml'], /too many arguments/],
    [['run', 'a.yaml', '--queue', 'fifo'], /'--queue <KIND>' argument 'fifo' is invalid.*wheel, heap-js/],
    [['run', 'a.yaml', '--out', ''], /Expected a folder/],
    [['explain', 'a.yaml', '--from', 'x'], /required option '--to <B>' not specified/],
    [['explain', 'a.yaml', '--from', 'x', '--to', 'y', '--at', 'noon'], /Expected a duration/],
    [['explain', 'a.yaml', '--from', 'x', '--to', 'y', '--port', '70000'], /whole number from 1 to 65535/],
    [['graph', 'a.yaml', '--format', 'svg'], /mermaid, dot/],
  ])('%j: says what is wrong and ends with 2', async (args, message) => {
    const { status, out, err } = await command(...args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^podwire: /);
  });
});
