import { describe, expect, it } from 'vitest';
import { Ping } from '../../../../models/traffic/ping.ts';
import { UdpSocket } from '../../../../models/transport/udp.ts';
import { ESP_KEY_LENGTH, openEsp } from '../../../../models/wire/esp.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { ip, SECOND } from '../../../support/networks.ts';
import { WeaveNet } from '../../../support/weave-net.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, place) => place);

function encryptedNet() {
  const net = new WeaveNet({ nodes: 2, datapaths: [1, 2] });
  const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
  const pods = [1, 2].map((node) => {
    net.expose(node, `10.${31 + node}.0.1/12`);
    return net.attach(node, `a${node}`, `10.${31 + node}.0.2/12`);
  });
  net.connectAll(KEY);
  net.run(SECOND);
  return { net, log, pods };
}

function ping(net: WeaveNet, size = 56): number {
  const program = new Ping(net.network.namespace('a1')!, { to: ip('10.33.0.2'), count: 1, size });
  program.start(net.network.simulation.now);
  net.run(2 * SECOND);
  return program.result.received;
}

const esp = (log: FrameLog) => log.frames.filter(({ bytes }) => bytes[23] === 50);

function reasons(net: WeaveNet): string[] {
  return net.network.drops.rows().map(({ reason }) => reason);
}

describe('the fast datapath with a password', () => {
  it('puts ESP around every datagram of VXLAN', () => {
    const { net, log } = encryptedNet();
    const attributes = net.nodes[0].connections.get(net.nodes[1].peer.name)!.attributes();
    expect([...attributes]).toEqual([
      ['encrypted', true],
      ['mtu', 1376],
      ['name', 'fastdp'],
    ]);
    // a heartbeat of 1406 bytes behind the IP header
    expect(esp(log)[0].bytes.length).toBe(34 + 8 + 8 + 1408 + 16);
    log.clear();
    expect(ping(net)).toBe(1);
    // 92 and 148 bytes in clear; what is encrypted is filled up to a multiple of four
    expect(esp(log).map(({ bytes }) => bytes.length)).toEqual([
      92 + 34 + 0,
      92 + 34 + 0,
      148 + 34 + 0,
      148 + 34 + 0,
    ]);
    expect(log.frames.filter(({ bytes }) => bytes[23] === 17 && bytes[37] === 0x80)).toEqual([]);
    expect(ping(net, 57)).toBe(1);
    expect(esp(log).map(({ bytes }) => bytes.length)).toContain(149 + 34 + 3);
    expect(ping(net, 1348)).toBe(1);
    checkPacketConservation(net.network, net.held);
  });

  it('encrypts what the receiver can decrypt, and nobody with another key', () => {
    const { net, log } = encryptedNet();
    ping(net);
    const spec = inbound(net);
    const frames = esp(log).filter(({ direction }) => direction === 'out');
    const sequences = frames.map(({ bytes }) => bytes[41]);
    expect(sequences).toEqual(sequences.map((_, place) => place + 1));
    frames.forEach(({ bytes }, place) => {
      const opened = openEsp(bytes.subarray(34), spec.key, place + 1)!;
      expect(opened.nextHeader).toBe(17);
      expect([...opened.data.subarray(2, 4)]).toEqual([0x1a, 0x80]);
      expect(openEsp(bytes.subarray(34), new Uint8Array(ESP_KEY_LENGTH), place + 1)).toBeNull();
    });
  });

  it('drops what has another key, what comes twice, and what is not encrypted', () => {
    const { net } = encryptedNet();
    const { namespace } = net.nodes[1];
    const spec = inbound(net);
    expect(reasons(net)).toEqual([]);
    const socket = new UdpSocket(net.nodes[0].namespace);
    namespace.xfrm!.deleteState(spec.destination, spec.spi);
    ping(net);
    expect(reasons(net)).toContain('xfrm_no_state');
    namespace.xfrm!.addState({ ...spec, key: new Uint8Array(ESP_KEY_LENGTH) });
    ping(net);
    expect(reasons(net)).toContain('xfrm_not_authentic');
    net.nodes[0].connections.get(net.nodes[1].peer.name)!.stop();
    // nothing is encrypted any more on the one side, and wanted encrypted on the other
    socket.sendTo(spec.destination, 6784, 60);
    net.run(SECOND);
    expect(reasons(net)).toContain('xfrm_policy');
    checkPacketConservation(net.network, net.held);
  });

  it('encrypts other datagrams to the same port as bytes, and drops those that come twice', () => {
    const { net } = encryptedNet();
    const spec = inbound(net);
    const socket = new UdpSocket(net.nodes[0].namespace);
    socket.sendTo(spec.destination, 6784, 60);
    net.run(SECOND);
    // decrypted, but no VXLAN
    expect(reasons(net)).toEqual(['vxlan_invalid_header']);
    const state = net.nodes[1].namespace.xfrm!.find(spec.destination, spec.spi)!;
    for (let sequence = 1; sequence < 100; sequence++) state.window.note(sequence);
    ping(net);
    expect(reasons(net)).toContain('xfrm_replayed');
    checkPacketConservation(net.network, net.held);
  });
});

/** What the second node decrypts by. */
function inbound(net: WeaveNet) {
  const destination = ip('192.168.77.12');
  const log = net.nodes[0].namespace.xfrm!.policyOf(
    {
      protocol: 17,
      ipSource: ip('192.168.77.11'),
      ipDestination: destination,
      destinationPort: 6784,
    } as never,
    'out',
  )!;
  return net.nodes[1].namespace.xfrm!.find(destination, log.spi)!.spec;
}
