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

const SECOND = 1e9;

describe.runIf(tsharkAvailable())('tshark, of the fast datapath', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'podwire-fastdp-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The underlay of two nodes whose pods ping each other, as a file. */
  function capture(key: Uint8Array | null): { path: string; net: WeaveNet } {
    const net = new WeaveNet({ nodes: 2, datapaths: [1, 2] });
    const tap = new BytesTap(net.nodes[0].namespace, 'eth0', 1);
    net.expose(1, '10.32.0.1/12');
    net.expose(2, '10.44.0.0/12');
    net.connect(2, 1, key);
    net.run(SECOND);
    const pod = net.attach(1, 'a1', '10.32.0.2/12');
    net.attach(2, 'b1', '10.44.0.1/12');
    new Ping(pod, { to: ip('10.44.0.1'), count: 2, interval: 0.2 * SECOND }).start(1.5 * SECOND);
    net.run(2 * SECOND);
    const file = new FileCollector();
    const writer = new PcapngWriter(file.sink, { epochNanoseconds: 0n, application: 'podwire' });
    const eth0 = writer.addInterface({ name: 'node1:eth0' });
    for (const { time, bytes } of tap.frames) {
      writer.writePacket(eth0, Number(time), bytes, bytes.length, bytes.length, Direction.unknown);
    }
    writer.flush();
    const path = join(folder, `${key === null ? 'plain' : 'sealed'}.pcapng`);
    writeFileSync(path, file.bytes());
    return { path, net };
  }

  const DECODE = ['-d', 'udp.port==6784,vxlan', '-o', 'ip.check_checksum:TRUE'];

  it('reads the frames in VXLAN', () => {
    const { path } = capture(null);
    const pings = tsharkFields(path, ['vxlan.vni', 'icmp.type'], [...DECODE, '-Y', 'vxlan && icmp']);
    expect(pings).toEqual([
      ['4096', '8'],
      ['1', '0'],
      ['4096', '8'],
      ['1', '0'],
    ]);
    const bad = tsharkFields(path, ['frame.number'], [...DECODE, '-Y', 'vxlan && ip.checksum.status == 0']);
    expect(bad).toEqual([]);
  });

  it('reads ESP, and decrypts it with the key of the receiver', () => {
    const { path, net } = capture(new Uint8Array(32).fill(7));
    const plain = tsharkFields(path, ['frame.number'], [...DECODE, '-Y', 'vxlan']);
    expect(plain).toEqual([]);
    const destination = ip('192.168.77.12');
    const { xfrm } = net.nodes[0].namespace;
    const header = { ipSource: ip('192.168.77.11'), ipDestination: destination, destinationPort: 6784 };
    const policy = xfrm!.policyOf({ protocol: 17, ...header } as never, 'out')!;
    const { spi, key } = xfrm!.find(destination, policy.spi)!.spec;
    const esp = tsharkFields(path, ['esp.spi', 'esp.sequence'], ['-Y', 'esp && ip.dst == 192.168.77.12']);
    expect(esp.map(([, sequence]) => Number(sequence))).toEqual(esp.map((_, place) => place + 1));
    expect(new Set(esp.map(([index]) => Number(index)))).toEqual(new Set([spi]));
    const association = [
      '"IPv4"',
      '"*"',
      '"192.168.77.12"',
      `"0x${spi.toString(16)}"`,
      '"AES-GCM with 16 octet ICV [RFC4106]"',
      `"0x${Buffer.from(key).toString('hex')}"`,
      '"NULL"',
      '""',
      '"64-bit"',
      '"0"',
    ];
    const options = ['-o', 'esp.enable_encryption_decode:TRUE', '-o', `uat:esp_sa:${association.join(',')}`];
    const pings = tsharkFields(path, ['vxlan.vni', 'icmp.type'], [...DECODE, ...options, '-Y', 'icmp']);
    expect(pings).toEqual([
      ['4096', '8'],
      ['4096', '8'],
    ]);
  });
});
