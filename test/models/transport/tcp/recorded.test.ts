import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { arrivalOrder } from '../../../../models/link/arrival-order.ts';
import type { Interface } from '../../../../models/netns/interface/interface.ts';
import type { Packet } from '../../../../models/packet.ts';
import { TcpClient } from '../../../../models/traffic/tcp-client.ts';
import { TcpServer } from '../../../../models/traffic/tcp-server.ts';
import { printTcpFlags, TcpFlag } from '../../../../models/wire/tcp.ts';
import { addAddress, addGateway, addHost, ip, newNetwork, SECOND } from '../../../support/networks.ts';

/** What tcpdump saw at the client on Linux 6.18: sender, flags, sequence numbers, window, length. */
const RECORDED = readFileSync(new URL('./fixtures/30000-bytes-over-a-router.txt', import.meta.url), 'utf8');

it('30,000 bytes and an answer over a router of veth pairs look as on Linux, segment by segment', () => {
  const network = newNetwork();
  const [client, router, server] = ['client', 'router', 'server'].map((name) => addHost(network, name));
  [client, server].forEach((host, i) => {
    host.addVeth({ name: 'eth0', peer: { name: `eth${i}`, namespace: router } });
    host.setLinkUp('eth0', true);
    router.setLinkUp(`eth${i}`, true);
    addAddress(host, 'eth0', `10.9.${i + 1}.${i + 1}/24`);
    addAddress(router, `eth${i}`, `10.9.${i + 1}.254/24`);
    addGateway(host, '0.0.0.0/0', `10.9.${i + 1}.254`);
  });
  router.setSysctl('net.ipv4.ip_forward', '1');

  const initial = new Map<number, number>();
  const seen: { time: number; order: number; text: string }[] = [];
  const note = (packet: Packet, time: number, order: number) => {
    if (packet.tcp === null) return;
    const { flags, sequence, acknowledgement, window } = packet.tcp;
    if ((flags & TcpFlag.syn) !== 0) initial.set(packet.ipSource, sequence);
    const from = (sequence - initial.get(packet.ipSource)!) | 0;
    const ack = (flags & TcpFlag.ack) === 0 ? 0 : (acknowledgement - initial.get(packet.ipDestination)!) | 0;
    const length = packet.payloadLength;
    const range = length > 0 ? ` seq ${from}:${from + length},` : '';
    const fin = (flags & TcpFlag.fin) === 0 ? range : ` seq ${from},`;
    const who = packet.ipSource === ip('10.9.1.1') ? 1 : 2;
    const text = `${who} ${printTcpFlags(flags)}${fin} ack ${ack}, win ${window}, len ${length}`;
    seen.push({ time, order, text });
  };
  client.findInterface('eth0')!.tap = {
    ingress: (_: Interface, packet: Packet) =>
      note(packet, network.simulation.now, arrivalOrder(network, packet)),
    egress: (_: Interface, packet: Packet, _fate: string | null, ahead: number) =>
      note(packet, network.simulation.now + ahead, network.nextOrder()),
  };
  new TcpServer(server, { port: 80, reply: 5000 }).start(0);
  new TcpClient(client, { to: ip('10.9.2.2'), port: 80, send: 30_000, expect: 5000 }).start(SECOND);
  network.simulation.run({ until: 5 * SECOND });
  const lines = seen.sort((a, b) => a.time - b.time || a.order - b.order).map(({ text }) => text);
  const recorded = RECORDED.trimEnd().split('\n');
  expect(lines.slice(0, recorded.length)).toEqual(recorded);
});
