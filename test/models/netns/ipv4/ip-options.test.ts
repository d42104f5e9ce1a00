import { describe, expect, it } from 'vitest';
import { connect } from '../../../../models/netns/interface/link-control.ts';
import type { NetworkNamespace } from '../../../../models/netns/network-namespace.ts';
import { Ping, type PingOptions } from '../../../../models/traffic/ping.ts';
import { sendRawFrame } from '../../../../models/traffic/raw-frame.ts';
import { EtherType } from '../../../../models/wire/ethernet.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import {
  addAddress,
  addGateway,
  addHost,
  IDEAL_CABLE,
  ip,
  newNetwork,
  SECOND,
} from '../../../support/networks.ts';
import recorded from '../fixtures/ip-options.json' with { type: 'json' };

/** a - r - s - b, as the fixture was recorded; between s and b the MTU is 1400. */
class Line {
  readonly network = newNetwork();
  readonly a: NetworkNamespace;
  readonly r: NetworkNamespace;
  readonly s: NetworkNamespace;
  readonly b: NetworkNamespace;

  constructor() {
    const [a, r, s, b] = ['a', 'r', 's', 'b'].map((name) => addHost(this.network, name));
    this.a = a;
    this.r = r;
    this.s = s;
    this.b = b;
    cable(a, 'ea', '10.1.0.1/24', r, 'ra', '10.1.0.254/24');
    cable(r, 'rs', '10.2.0.1/24', s, 'sr', '10.2.0.2/24');
    cable(s, 'sb', '10.3.0.254/24', b, 'eb', '10.3.0.1/24');
    s.setMtu('sb', 1400);
    b.setMtu('eb', 1400);
    addGateway(a, '0.0.0.0/0', '10.1.0.254');
    addGateway(b, '0.0.0.0/0', '10.3.0.254');
    addGateway(r, '10.3.0.0/24', '10.2.0.2');
    addGateway(s, '10.1.0.0/24', '10.2.0.1');
    for (const router of [r, s]) router.setSysctl('net.ipv4.ip_forward', '1');
    for (const host of [a, r, s, b]) host.setSysctl('net.ipv4.icmp_ratelimit', '0');
  }

  ping(options: Partial<PingOptions>): string {
    const program = new Ping(this.a, { to: ip('10.3.0.1'), count: 1, ...options });
    program.start(this.network.simulation.now);
    this.network.simulation.run({ until: this.network.simulation.now + 20 * SECOND });
    checkPacketConservation(this.network);
    return program.exit!.stdout.replace(/time=\S+/g, 'time=T');
  }
}

function cable(
  near: NetworkNamespace,
  nearDev: string,
  nearAddress: string,
  far: NetworkNamespace,
  farDev: string,
  farAddress: string,
): void {
  connect(near.addPhysical({ name: nearDev }), far.addPhysical({ name: farDev }), IDEAL_CABLE);
  near.setLinkUp(nearDev, true);
  far.setLinkUp(farDev, true);
  addAddress(near, nearDev, nearAddress);
  addAddress(far, farDev, farAddress);
}

/** IPv4 packets in hexadecimal, without what differs from run to run: identification, checksum. */
function packets(log: FrameLog): string[] {
  return log.matching(/./).flatMap(({ bytes }) => {
    if (bytes[12] !== 8 || bytes[13] !== 0) return [];
    const packet = Buffer.from(bytes.subarray(14));
    packet.fill(0, 4, 6);
    packet.fill(0, 10, 12);
    return [packet.toString('hex')];
  });
}

/** The recorded request as it left, its header's checksum mended. */
function requestOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
  bytes[5] = 1;
  let sum = 0;
  for (let i = 0; i < (bytes[0] & 15) * 4; i += 2) sum += (bytes[i] << 8) | bytes[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  bytes[10] = (~sum >> 8) & 0xff;
  bytes[11] = ~sum & 0xff;
  return bytes;
}

/** The fixture holds what namespaces of Linux 6.18 sent and received at both ends; timestamps are zeroed in it. */
describe('IPv4 options', () => {
  for (const { name, acceptSourceRoute, near, far } of recorded) {
    it(`go the way they go in Linux: ${name}`, () => {
      const line = new Line();
      line.ping({});
      for (const host of [line.r, line.s, line.b]) {
        host.setSysctl('net.ipv4.conf.all.accept_source_route', String(acceptSourceRoute));
      }
      const logs = [new FrameLog([line.a, 'ea']), new FrameLog([line.b, 'eb'])];
      // at the first instant after midnight every timestamp is 0
      const { simulation } = line.network;
      simulation.run({ until: 86_400 * SECOND });
      for (const log of logs) log.clear();
      const eth = line.a.findInterface('ea')!;
      const gateway = line.r.link('ra')!.mac;
      sendRawFrame(eth, gateway, line.a.link('ea')!.mac, EtherType.ipv4, requestOf(near[0]));
      simulation.run({ until: simulation.now + 1 });
      expect(logs.map(packets)).toEqual([near, far]);
      checkPacketConservation(line.network);
    });
  }
});

/** What ping of iputils 20221126 printed on the same line of namespaces. */
describe('ping with options', () => {
  const statistics = (sent = 1) =>
    `\n--- 10.3.0.1 ping statistics ---\n${sent} packets transmitted, ${sent} received, 0% packet loss, `;

  it('prints the route both ways, once', () => {
    const text = new Line().ping({ record: 'route', count: 2 });
    const addresses = '10.1.0.1 10.2.0.1 10.3.0.254 10.3.0.1 10.3.0.1 10.2.0.2 10.1.0.254 10.1.0.1'.split(
      ' ',
    );
    expect(text).toContain(
      'PING 10.3.0.1 (10.3.0.1) 56(124) bytes of data.\n' +
        '64 bytes from 10.3.0.1: icmp_seq=1 ttl=62 time=T ms\n' +
        `RR: ${addresses.map((address) => `\t${address}\n`).join('')}\n` +
        `64 bytes from 10.3.0.1: icmp_seq=2 ttl=62 time=T ms\t(same route)\n${statistics(2)}`,
    );
  });

  it('prints times and addresses, and how many hosts found no room', () => {
    const text = new Line().ping({ record: 'timesAndAddresses' });
    // every host is at time 0 here, which ping takes for no time yet
    expect(text).toContain(
      'TS: \t10.1.0.1\t0 absolute\n\t10.1.0.254\t0 absolute\n\t10.2.0.2\t0 absolute\n' +
        `\t10.3.0.1\t0 absolute\nUnrecorded hops: 3\n\n${statistics()}`,
    );
  });

  it('asks but the hosts that it names', () => {
    const text = new Line().ping({ record: { timesAt: [ip('10.2.0.2'), ip('10.3.0.1')] } });
    expect(text).toContain(`TS: \t10.2.0.2\t0 absolute\n\t10.3.0.1\t0 absolute\n\n${statistics()}`);
  });
});
