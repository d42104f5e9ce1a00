import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileSinks } from '../../cli/file-sink.ts';
import { Simulation } from '../../engine/simulation.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SMALL } from './scenario.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'small.yaml'), SMALL);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('when a run fails in its middle', () => {
  it('a bug of the simulator is told with all that is needed to see it again', async () => {
    const run = Simulation.prototype.run;
    vi.spyOn(Simulation.prototype, 'run').mockImplementation(function (this: Simulation) {
      run.call(this, { until: 5_000_000 });
      throw new Error('packet released twice');
    });
    const { status, out, err } = await podwire(['run', 'small.yaml', '--seed', '7'], folder);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain('podwire: the simulator failed: packet released twice\n');
    expect(err).toContain('while simulating "small", seed 7, at 5000000 ns of simulated time');
    expect(err).toMatch(/a bug in podwire \d+\.\d+\.\d+; please report it/);
    expect(err).toMatch(/^ {4}at /m);
  });

  it('nothing is left behind of files that are not whole', async () => {
    vi.spyOn(Simulation.prototype, 'run').mockImplementation(() => {
      throw new Error('no');
    });
    await podwire(['run', 'small.yaml', '--out', 'o'], folder);
    expect(existsSync(join(folder, 'o'))).toBe(false);
  });

  it('a full disk is not called a bug', async () => {
    const write = FileSinks.prototype.write;
    let writes = 0;
    vi.spyOn(FileSinks.prototype, 'write').mockImplementation(function (this: FileSinks, path, bytes) {
      if (++writes > 1) {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write', path });
      }
      write.call(this, path, bytes);
    });
    const { status, err } = await podwire(['run', 'small.yaml', '--out', 'o'], folder);
    expect(status).toBe(1);
    expect(err).toMatch(/^podwire: write .*underlay\.pcapng: no space left on the device\n$/);
    expect(readdirSync(folder)).toEqual(['small.yaml']);
  });
});
