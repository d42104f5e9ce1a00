import { describe, expect, it } from 'vitest';
import {
  addGateway,
  MILLISECOND,
  prefix,
  type RouterChain,
  routerChain,
  SECOND,
} from '../../../support/networks.ts';
import { listen, open, PATTERN, Reader } from '../../../support/tcp-pair.ts';

/** A connection over two routers, the first of which then loses its route to the far end. */
function cutOff(): RouterChain & {
  client: ReturnType<typeof open>;
  reader: Reader;
} {
  const chain = routerChain(2, { rate: 1e9, delay: MILLISECOND });
  const { network, a, b, routers } = chain;
  const listener = listen(b, 80);
  const client = open(a, '10.0.2.2', 80);
  network.simulation.run({ until: SECOND });
  const reader = new Reader(listener.accept()!);
  routers[0].deleteRoute(prefix('10.0.2.0/24'));
  client.send(100, PATTERN);
  network.simulation.run({ until: 2 * SECOND });
  return { ...chain, client, reader };
}

describe('an ICMP error', () => {
  it('about a SYN is final', () => {
    const { network, a, routers } = routerChain(2, { rate: 1e9, delay: MILLISECOND });
    routers[0].deleteRoute(prefix('10.0.2.0/24'));
    const client = open(a, '10.0.2.2', 80);
    network.simulation.run({ until: SECOND });
    expect(client.takeError()).toBe('ENETUNREACH');
    expect(a.tcp.connections()).toEqual([]);
  });

  it('about data is not: they arrive when the way is there again', () => {
    const { network, client, reader, routers } = cutOff();
    expect([client.error, client.softError]).toEqual([null, 'ENETUNREACH']);
    addGateway(routers[0], '10.0.2.0/24', '10.0.1.2');
    network.simulation.run({ until: 10 * SECOND });
    expect([reader.received, reader.intact, client.softError]).toEqual([100, true, null]);
  });

  it('is what a time-out is blamed on', () => {
    const { network, a, client } = cutOff();
    a.setSysctl('net.ipv4.tcp_retries2', '4');
    network.simulation.run({ until: 60 * SECOND });
    expect(client.takeError()).toBe('ENETUNREACH');
  });

  it('about the answer to a SYN ends the request', () => {
    const { network, a, b, routers } = routerChain(2, { rate: 1e9, delay: MILLISECOND });
    routers[1].deleteRoute(prefix('10.0.0.0/24'));
    listen(b, 80);
    open(a, '10.0.2.2', 80);
    network.simulation.run({ until: 100 * MILLISECOND });
    expect(b.tcp.connections()).toEqual([]);
  });
});
