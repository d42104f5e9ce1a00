import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Direction, PcapngWriter, PcapWriter } from '../../engine/pcap-writer/index.ts';
import { FileCollector } from '../engine/pcap-writer/file-collector.ts';
import { ECHO_REQUEST, WHOLE_FRAMES } from '../models/wire/literal-frames.ts';
import { runTshark, tsharkAvailable, tsharkFields } from './tshark.ts';

/** A known moment with all nine digits behind the point: 2023-11-14 22:13:20.123456789 UTC. */
const EPOCH = 1_700_000_000_123_456_789n;

describe.runIf(tsharkAvailable())('tshark', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'podwire-tshark-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** Writes a pcapng file by the given steps and returns its path. */
  function pcapngFile(name: string, write: (writer: PcapngWriter) => void): string {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { epochNanoseconds: EPOCH, application: 'podwire' });
    write(writer);
    writer.flush();
    const path = join(folder, name);
    writeFileSync(path, file.bytes());
    return path;
  }

  it('reads interface names, nanoseconds, directions, comments and lengths', () => {
    const path = pcapngFile('all.pcapng', (writer) => {
      const node = writer.addInterface({ name: 'node1:eth0', description: 'uplink of node1' });
      writer.writePacket(node, 0, ECHO_REQUEST, 98, 98, Direction.outbound);
      const pod = writer.addInterface({ name: 'pod1:eth0', snapLength: 60 });
      writer.writePacket(
        pod,
        5_000_000_001,
        ECHO_REQUEST,
        98,
        98,
        Direction.inbound,
        'dropped: queue_full ✓',
      );
      writer.writePacket(node, Number.MAX_SAFE_INTEGER, ECHO_REQUEST, 98, 98, Direction.unknown);
    });
    const fields = [
      'frame.interface_name',
      'frame.interface_description',
      'frame.time_epoch',
      'frame.packet_flags_direction',
      'frame.comment',
      'frame.cap_len',
      'frame.len',
    ];
    expect(tsharkFields(path, fields)).toEqual([
      ['node1:eth0', 'uplink of node1', '1700000000.123456789', '0x00000002', '', '98', '98'],
      ['pod1:eth0', '', '1700000005.123456790', '0x00000001', 'dropped: queue_full ✓', '60', '98'],
      ['node1:eth0', 'uplink of node1', '1709007199.378197780', '', '', '98', '98'],
    ]);
  });

  it('finds nothing malformed and no bad checksum in frames that a kernel sent', () => {
    const path = pcapngFile('frames.pcapng', (writer) => {
      const id = writer.addInterface({ name: 'eth0' });
      WHOLE_FRAMES.forEach((frame, index) => {
        writer.writePacket(id, index, frame, frame.length, frame.length, Direction.inbound);
      });
    });
    const checks = [
      '-o',
      'ip.check_checksum:TRUE',
      '-o',
      'udp.check_checksum:TRUE',
      '-o',
      'tcp.check_checksum:TRUE',
    ];
    const rows = tsharkFields(path, ['frame.protocols', '_ws.malformed'], checks);
    expect(rows).toHaveLength(WHOLE_FRAMES.length);
    expect(rows.filter(([, malformed]) => malformed !== '')).toEqual([]);
    const bad =
      'ip.checksum.status==0 || udp.checksum.status==0 || tcp.checksum.status==0 || icmp.checksum.status==0';
    expect(runTshark(path, [...checks, '-Y', bad])).toBe('');
  });

  it('reads a file that was cut off between two chunks', () => {
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { epochNanoseconds: EPOCH, bufferSize: 1000 });
    const id = writer.addInterface({ name: 'eth0' });
    for (let i = 0; i < 100; i++)
      writer.writePacket(id, i, ECHO_REQUEST, 98, 98, Direction.inbound, `number ${i}`);
    // No flush: the last packets never reach the file, as when the process is killed.
    const path = join(folder, 'cut.pcapng');
    writeFileSync(path, file.bytes());
    const comments = tsharkFields(path, ['frame.comment']).map(([comment]) => comment);
    expect(comments.length).toBeGreaterThan(50);
    expect(comments.length).toBeLessThan(100);
    expect(comments).toEqual(comments.map((_, i) => `number ${i}`));
  });

  it('reads classic pcap with nanoseconds', () => {
    const file = new FileCollector();
    const writer = new PcapWriter(file.sink, { epochNanoseconds: EPOCH });
    writer.writePacket(0, ECHO_REQUEST, 98, 98);
    writer.writePacket(Number.MAX_SAFE_INTEGER, ECHO_REQUEST, 40, 98);
    writer.flush();
    const path = join(folder, 'classic.pcap');
    writeFileSync(path, file.bytes());
    expect(tsharkFields(path, ['frame.time_epoch', 'frame.cap_len', 'frame.len'])).toEqual([
      ['1700000000.123456789', '98', '98'],
      ['1709007199.378197780', '40', '98'],
    ]);
  });
});
