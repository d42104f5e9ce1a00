import { describe, expect, it } from 'vitest';
import { Ping } from '../../../../models/traffic/ping.ts';
import { parseMac } from '../../../../models/wire/mac-address.ts';
import { checkPacketConservation } from '../../../checkers/packet-conservation.ts';
import { FrameLog } from '../../../support/frame-log.ts';
import { ip, SECOND } from '../../../support/networks.ts';
import { WeaveNet, type WeaveNetOptions } from '../../../support/weave-net.ts';

function fastNet(options: Partial<WeaveNetOptions> = {}): WeaveNet {
  return new WeaveNet({ nodes: 2, datapaths: [1, 2], ...options });
}

describe('debug', () => {
  it('pings', () => {
    const net = fastNet();
    const log = new FrameLog([net.nodes[0].namespace, 'eth0']);
    net.connectAll();
    net.run(2 * SECOND);
    const a = net.attach(1, 'a1', '10.32.0.2/12');
    const b = net.attach(2, 'b1', '10.44.0.1/12');
    const ping = new Ping(a, { to: ip('10.44.0.1'), count: 3 });
    ping.start(net.network.simulation.now);
    net.run(5 * SECOND);
    console.log(ping.result);
    console.log(log.frames.map((f) => `${f.time} ${f.direction} ${f.bytes.length} ${f.text}`).join('\n'));
    console.log(net.nodes[0].fastdp!.datapath.flows().map((f) => JSON.stringify(f)).join('\n'));
    console.log(net.control, net.network.drops.rows());
    checkPacketConservation(net.network, net.held);
  });
});
