import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { SMALL } from './scenario.ts';

async function validate(text: string, ...args: string[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.yaml'), text);
  return podwire(['validate', 's.yaml', ...args], folder);
}

const BROKEN = SMALL.replace('pod/web-1, every: 100ms', 'pod/wb-1, every: 100ms').replace(
  '192.168.1.11/24',
  '192.168.1.11/33',
);

describe('podwire validate', () => {
  it('says that a scenario is fine', async () => {
    expect(await validate(SMALL)).toEqual({ status: 0, out: 's.yaml: fine\n', err: '' });
  });

  it('tells every error with file, line, column and the nearest name', async () => {
    const { status, out } = await validate(BROKEN);
    expect(status).toBe(2);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^s\.yaml:5:27: .*192\.168\.1\.11\/33/);
    expect(lines[1]).toMatch(/^s\.yaml:9:\d+: .*wb-1.*did you mean "pod\/web-1"/);
    expect(lines.at(-1)).toBe('s.yaml: 2 errors, 0 warnings');
  });

  it('finds a capture filter that cannot be read', async () => {
    const { status, out } = await validate(
      SMALL.replace('file: underlay', 'filter: "udp prt 53", file: underlay'),
    );
    expect(status).toBe(2);
    expect(out).toMatch(/^s\.yaml:12:\d+: not a filter: .*prt/);
  });

  it('tells warnings and still ends with 0', async () => {
    const { status, out } = await validate(SMALL.replace('underlay.pcapng', 'underlay.pcap'));
    expect(status).toBe(0);
    expect(out).toMatch(/^s\.yaml:12:\d+: warning: "underlay\.pcap" is written as pcapng/);
    expect(out).toContain('0 errors, 1 warning');
  });

  it('prints the scenario with every default, which is the same scenario', async () => {
    const { status, out } = await validate(SMALL, '--full');
    expect(status).toBe(0);
    expect(parse(out)).toMatchObject({ seed: 1, cluster: { defaults: { queue: '1000 packets' } } });
    expect((await validate(out, '--full')).out).toBe(out);
  });

  it('prints JSON', async () => {
    const fine = JSON.parse((await validate(SMALL, '--json', '--full')).out);
    expect(fine).toMatchObject({
      valid: true,
      errors: [],
      warnings: [],
      scenario: { name: 'small', seed: 1 },
    });
    const { errors } = JSON.parse((await validate(BROKEN, '--json')).out);
    expect(errors[1]).toMatchObject({ line: 9, path: 'traffic.probe.to', nearest: 'pod/web-1' });
  });

  it('checks what --set makes of a scenario', async () => {
    const { status, out } = await validate(SMALL, '--set', 'traffic.probe.every=often');
    expect(status).toBe(2);
    expect(out).toMatch(/^--set traffic\.probe\.every=often:1:\d+: .*duration/);
  });
});
