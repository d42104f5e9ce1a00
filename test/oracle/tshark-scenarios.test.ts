import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Direction, PcapngWriter } from '../../engine/pcap-writer/index.ts';
import { shippedScenarios } from '../e2e/shipped.ts';
import { podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tsharkAvailable, tsharkFields } from './tshark.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Checksums are looked at only when tshark is told to; ICMP's always are. */
const CHECKSUMS = ['ip.check_checksum:TRUE', 'udp.check_checksum:TRUE', 'tcp.check_checksum:TRUE'].flatMap(
  (preference) => ['-o', preference],
);
const STATUSES = ['ip', 'udp', 'tcp', 'icmp'].map((protocol) => `${protocol}.checksum.status`);
/** tshark's words for checksums: 0 bad, 1 good, 2 not verified (of quoted headers), 3 not present. */
const BAD = '0';
const GOOD = '1';

interface Reading {
  interface: string;
  /** Seconds since the first packet. */
  time: number;
  /** Of every header in the packet, those quoted by ICMP errors too. */
  checksums: string[];
  malformed: boolean;
}

/** What tshark makes of a capture, packet by packet. */
function readWithTshark(path: string): Reading[] {
  const fields = ['frame.interface_name', 'frame.time_relative', '_ws.malformed', ...STATUSES];
  return tsharkFields(path, fields, CHECKSUMS).map(([name, time, malformed, ...statuses]) => ({
    interface: name,
    time: Number(time),
    checksums: statuses.flatMap((status) => (status === '' ? [] : status.split(','))),
    malformed: malformed !== '',
  }));
}

const isBroken = ({ malformed, checksums }: Reading) => malformed || checksums.includes(BAD);

describe.runIf(tsharkAvailable())('captures of the shipped scenarios, as tshark reads them', () => {
  it.each(shippedScenarios.filter(({ captures }) => captures > 0))(
    '$name',
    async ({ file, args, captures }) => {
      const folder = temporaryFolder();
      const command = ['run', join(root, 'scenarios', file), '--out', folder, '--quiet', ...args];
      expect((await podwire(command, folder)).status).toBe(0);
      const files = readdirSync(folder).filter((name) => /\.pcap(ng)?$/.test(name));
      expect(files).toHaveLength(captures);
      for (const one of files) {
        const packets = readWithTshark(join(folder, one));
        expect(packets.filter(isBroken)).toEqual([]);
        expect(packets.length).toBeGreaterThan(20);
        expect(packets.some(({ checksums }) => checksums.includes(GOOD))).toBe(true);
        for (const name of new Set(packets.map((packet) => packet.interface))) {
          expect(name).toMatch(/^[a-z0-9-]+:[A-Za-z0-9_.-]+$/);
        }
        const times = packets.map(({ time }) => time);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }
    },
  );

  it('would show a packet that is broken', () => {
    const path = join(temporaryFolder(), 'broken.pcapng');
    const chunks: Uint8Array[] = [];
    const writer = new PcapngWriter((bytes) => chunks.push(bytes.slice()));
    const id = writer.addInterface({ name: 'node1:eth0' });
    // an IPv4 header of 20 bytes whose checksum says 0xbad0, and one that ends in its middle
    const hex =
      '0a580af40102 0a580af40101 0800 4500001c00004000 4011 bad0 0af40102 0af40202 0400 0400 0008 0000';
    const frame = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    for (const length of [frame.length, 24]) {
      writer.writePacket(id, 0, frame, length, length, Direction.inbound);
    }
    writer.flush();
    writeFileSync(path, Buffer.concat(chunks));
    const packets = readWithTshark(path);
    expect(packets[0].checksums).toContain(BAD);
    expect(packets.map(isBroken)).toEqual([true, true]);
  });
});
