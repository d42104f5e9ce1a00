import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Ping } from '../../../../models/traffic/ping.ts';
import { readFrames } from '../../../golden/compare/capture-file.ts';
import { ip, SECOND } from '../../../support/networks.ts';
import { BytesTap } from '../../../support/weave-golden.ts';
import { WeaveNet } from '../../../support/weave-net.ts';

const GOLDEN = new URL('../../../golden/vxlan/per-direction-vni/underlay-node1.pcap', import.meta.url);

/** What is the same whoever the hosts are and whichever packet it is; the rest is drawn, or counted up. */
function fixedFields(bytes: Uint8Array): object {
  const inner = bytes.subarray(50);
  return {
    length: bytes.length,
    // version, TOS, length
    ip: [...bytes.subarray(14, 18)],
    // flags, TTL, protocol
    rest: [...bytes.subarray(20, 24)],
    port: (bytes[36] << 8) | bytes[37],
    udp: [...bytes.subarray(38, 42)],
    vxlan: [...bytes.subarray(42, 50)],
    type: (inner[12] << 8) | inner[13],
    sourcePortInRange: ((bytes[34] << 8) | bytes[35]) >= 32768 && ((bytes[34] << 8) | bytes[35]) <= 60999,
  };
}

const isTunnelled = ({ bytes }: { bytes: Uint8Array }) => bytes[23] === 17 && bytes[36] === 0x1a;
const isHeartbeat = ({ bytes }: { bytes: Uint8Array }) => bytes.subarray(50, 64).every((byte) => byte === 0);

it("the fast datapath's frames are laid out as those of the kernel's driver in the same case", () => {
  const golden = readFrames(readFileSync(GOLDEN)).filter(isTunnelled);
  const net = new WeaveNet({ nodes: 2, datapaths: [1, 2], firstAddress: '192.168.85.11' });
  net.nodes[0].peer.shortId = 0x2a7;
  net.nodes[1].peer.shortId = 0xc41;
  net.expose(1, '10.32.0.1/12');
  net.expose(2, '10.44.0.0/12');
  const tap = new BytesTap(net.nodes[0].namespace, 'eth0', 0);
  net.connect(2, 1);
  net.run(SECOND);
  const a1 = net.attach(1, 'a1', '10.32.0.2/12');
  net.attach(2, 'b1', '10.44.0.1/12');
  net.run(SECOND);
  for (const size of [56, 1348]) {
    const ping = new Ping(a1, { to: ip('10.44.0.1'), count: 1, size, pathMtuDiscovery: 'do' });
    ping.start(net.network.simulation.now);
    net.run(SECOND);
    expect(ping.result.received).toBe(1);
  }
  const ours = tap.frames.filter((frame) => isTunnelled(frame) && frame.bytes[37] === 0x80);
  // ARP and echoes in both directions, small and of full size
  const wanted = golden.filter((frame) => !isHeartbeat(frame)).map(({ bytes }) => fixedFields(bytes));
  const made = ours.filter((frame) => !isHeartbeat(frame)).map(({ bytes }) => fixedFields(bytes));
  for (const fields of made) expect(wanted).toContainEqual(fields);
  expect(new Set(made.map((fields) => JSON.stringify(fields))).size).toBe(6);
  // the heartbeat was put together after the description of Weave
  const beat = golden.find(isHeartbeat)!;
  const ourBeat = ours.find((frame) => isHeartbeat(frame) && frame.bytes[48] === beat.bytes[48])!;
  expect(fixedFields(ourBeat.bytes)).toEqual(fixedFields(beat.bytes));
  expect([...ourBeat.bytes.subarray(72)]).toEqual([...beat.bytes.subarray(72)]);
});
