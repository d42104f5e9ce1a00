import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PcapngWriter } from '../../engine/pcap-writer/index.ts';
import { RandomStreams } from '../../engine/random.ts';
import { captureTo } from '../../models/link/capture/capture-to.ts';
import { BadLine } from '../support/bad-line.ts';
import { MILLISECOND, SECOND, twoHosts } from '../support/networks.ts';
import { listen, open, Reader, sendAll } from '../support/tcp-pair.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { tsharkAvailable, tsharkFields } from './tshark.ts';

/** A transfer over a line that loses and reorders, as host a sees it. */
function captureTransfer(bytes: number): { file: string; reader: Reader } {
  const { network, a, b } = twoHosts({ rate: 1e8, delay: 2 * MILLISECOND });
  const chunks: Uint8Array[] = [];
  const writer = new PcapngWriter((chunk) => chunks.push(Uint8Array.from(chunk)));
  const capture = captureTo(network, writer);
  capture.watch(a.findInterface('eth0')!);
  const draws = new RandomStreams(7).stream('line', '');
  new BadLine(network, () => ({
    lost: draws.bernoulli(0.02),
    ...(draws.bernoulli(0.02) ? { late: 3 * MILLISECOND } : {}),
  }));
  const listener = listen(b, 80);
  let reader: Reader | null = null;
  listener.onChange = () => {
    const server = listener.accept()!;
    reader = new Reader(server);
    const drain = server.onChange!;
    server.onChange = () => {
      drain();
      if (server.atEnd) server.close();
    };
  };
  sendAll(open(a, '10.0.0.2', 80), bytes);
  network.simulation.run({ until: 60 * SECOND });
  capture.flush();
  const file = join(temporaryFolder(), 'transfer.pcapng');
  writeFileSync(file, Buffer.concat(chunks));
  return { file, reader: reader! };
}

describe.runIf(tsharkAvailable())('a TCP transfer, as tshark reads it', () => {
  it('has nothing malformed, no bad checksum, and the stream that was sent', () => {
    const bytes = 200_000;
    const { file, reader } = captureTransfer(bytes);
    expect(reader).toMatchObject({ received: bytes, intact: true });
    const fields = [
      'tcp.checksum.status',
      'ip.checksum.status',
      '_ws.malformed',
      'tcp.analysis.ack_lost_segment',
    ];
    const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
    const rows = tsharkFields(
      file,
      [...fields, 'tcp.options.sack_le', 'tcp.analysis.retransmission'],
      checks,
    );
    const segments = rows.filter(([status]) => status !== '');
    expect(segments.length).toBeGreaterThan(bytes / 1448);
    expect(segments.filter(([tcp, ip, malformed]) => tcp !== '1' || ip !== '1' || malformed !== '')).toEqual(
      [],
    );
    // the line did what it should: something was reported and sent again
    expect(segments.some((row) => row[4] !== '')).toBe(true);
    expect(segments.some((row) => row[5] !== '')).toBe(true);
  });
});
