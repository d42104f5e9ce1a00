import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { readFrames } from '../compare/capture-file.ts';
import { DEFAULT_OPTIONS } from '../compare/options.ts';
import { compareStart } from './compare-start.ts';
import { datagramsOf, unbundled } from './datagrams.ts';
import { runIpamCase } from './ipam-case.ts';
import { runWeaveCase } from './run-weave-case.ts';

const CASES = new URL('../weave/', import.meta.url).pathname;
const OPTIONS = { compare: DEFAULT_OPTIONS, queue: 'wheel', countOutputs: true, out: undefined } as const;

function frames(name: string) {
  return readFrames(readFileSync(`${CASES}${name}.pcap`));
}

/** A copy of a case whose description says something else. */
function altered(name: string, from: string, to: string): string {
  const folder = join(temporaryFolder(), name);
  cpSync(CASES + name, folder, { recursive: true });
  const file = join(folder, 'TOPOLOGY.md');
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
  return folder;
}

describe('a case that can not be run', () => {
  it.each([
    ['1. both started without', '1. they rest; both started without', 'is not understood: "they rest"'],
    ['IPALLOC_RANGE 10', 'RANGE 10', 'IPALLOC_RANGE'],
    ['--no-dns', '--with-dns', 'unknown option --with-dns'],
  ])('says why: %s', (from, to, reason) => {
    const report = runWeaveCase(altered('seed-conflict', from, to), OPTIONS);
    expect(report).toMatchObject({ verdict: 'failed', reason: expect.stringContaining(reason) });
  });
});

describe('what is not so', () => {
  it('is told of addresses and rings', () => {
    const file = join(temporaryFolder(), 'seed-2.json');
    const text = readFileSync(`${CASES}ipam/seed-2.json`, 'utf8');
    writeFileSync(file, text.replace('"address": "10.40.0.1/12"', '"address": "10.40.0.9/12"'));
    const { verdict, outputDifferences } = runIpamCase(file, OPTIONS);
    expect(verdict).toBe('failed');
    expect(outputDifferences).toEqual([
      { where: 'peer 2 pod 1', golden: '10.40.0.9/12', candidate: '10.40.0.1/12' },
    ]);
  });

  it('is told of how peers join', () => {
    const golden = frames('two-plain/underlay-peer1-start');
    const compare = (candidate: typeof golden) => {
      const { differences, classes } = compareStart('start', golden, candidate, DEFAULT_OPTIONS);
      return [...differences.map(({ kind }) => kind), ...classes.map(({ where }) => where)];
    };
    expect(compare(golden)).toEqual([]);
    const test = datagramsOf(golden).find(({ kind }) => kind === 'fragmentation-test')!;
    expect(compare(golden.filter((frame) => frame !== test.frame))).toEqual([
      'start: 192.168.77.12>192.168.77.11: fragmentation tests',
    ]);
    expect(compare(golden.slice(5))).toContain('start: conversations');
  });
});

describe('frames that travel together', () => {
  it('are told apart, and each has a datagram with a good header', () => {
    const all = frames('two-plain/underlay-peer1-data');
    const apart = unbundled(all);
    expect(apart.length).toBeGreaterThan(unbundled(apart).length - 1);
    expect(datagramsOf(apart).filter(({ length }) => length === 162)).toHaveLength(12);
    expect(datagramsOf(all).filter(({ length }) => length === 162).length).toBeLessThan(12);
  });
});
