import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Direction, PcapngWriter } from '../../engine/pcap-writer/index.ts';
import { Ping } from '../../models/traffic/ping.ts';
import { FileCollector } from '../engine/pcap-writer/file-collector.ts';
import { ip } from '../support/networks.ts';
import { BytesTap } from '../support/weave-golden.ts';
import { WeaveNet } from '../support/weave-net.ts';
import { tsharkAvailable, tsharkFields } from './tshark.ts';

const SCRIPT = new URL('../../tools/wireshark/weave-sleeve.lua', import.meta.url).pathname;

describe.runIf(tsharkAvailable())('the dissector of sleeve', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'podwire-sleeve-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The underlay of two nodes whose pods ping each other, as a file. */
  function capture(key: Uint8Array | null): string {
    const net = new WeaveNet({ nodes: 2 });
    const tap = new BytesTap(net.nodes[0].namespace, 'eth0', 1);
    net.connect(2, 1, key);
    net.expose(1, '10.32.0.1/12');
    net.expose(2, '10.44.0.0/12');
    net.run(1e9);
    const pod = net.attach(1, 'a1', '10.32.0.2/12');
    net.attach(2, 'b1', '10.44.0.1/12');
    new Ping(pod, { to: ip('10.44.0.1'), count: 2, interval: 0.2e9 }).start(1.5e9);
    net.run(2e9);
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { epochNanoseconds: 0n, application: 'podwire' });
    const eth0 = writer.addInterface({ name: 'node1:eth0' });
    for (const { time, bytes } of tap.frames) {
      writer.writePacket(eth0, Number(time), bytes, bytes.length, bytes.length, Direction.unknown);
    }
    writer.flush();
    const path = join(folder, `${key === null ? 'plain' : 'sealed'}.pcapng`);
    writeFileSync(path, file.bytes());
    return path;
  }

  const read = (path: string, filter: string, fields: string[]) =>
    tsharkFields(path, fields, ['-X', `lua_script:${SCRIPT}`, '-Y', filter]);

  it('shows the frames inside', () => {
    const path = capture(null);
    const pings = read(path, 'weave_sleeve && icmp', [
      'icmp.type',
      'weave_sleeve.source',
      'weave_sleeve.length',
    ]);
    expect(pings).toEqual([
      ['8', '02:00:00:00:00:01', '98'],
      ['0', '02:00:00:00:00:02', '98'],
      ['8', '02:00:00:00:00:01', '98'],
      ['0', '02:00:00:00:00:02', '98'],
    ]);
    expect(read(path, 'weave_sleeve && arp.opcode == 2', ['arp.src.proto_ipv4'])).toEqual([['10.44.0.1']]);
    expect(read(path, '_ws.malformed || weave_sleeve.trailing', ['frame.number'])).toEqual([]);
  });

  it('names what routers make up themselves', () => {
    const path = capture(null);
    const special = read(path, 'weave_sleeve.special', ['weave_sleeve.special', 'weave_sleeve.tested_mtu']);
    expect(special).toEqual([
      ['heartbeat', ''],
      ['heartbeat', ''],
      ['fragmentation test', ''],
      ['MTU test', '1438'],
      ['fragmentation test', ''],
      ['MTU test', '1438'],
    ]);
  });

  it('shows the header of what is encrypted', () => {
    const path = capture(new Uint8Array(32).fill(9));
    const filter = 'weave_sleeve.tag && ip.src == 192.168.77.11 && weave_sleeve.df == 1';
    const sequences = read(path, filter, ['weave_sleeve.sequence']).map(([number]) => Number(number));
    // heartbeat, the probe that never left, MTU test, and so on
    expect(sequences.slice(0, 2)).toEqual([0, 2]);
    expect(read(path, 'weave_sleeve && (icmp || arp)', ['frame.number'])).toEqual([]);
  });
});
