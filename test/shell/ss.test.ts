import { describe, expect, it } from 'vitest';
import { UdpSocket } from '../../models/transport/udp.ts';
import { Shell } from '../../shell/shell.ts';
import { SECOND, twoHosts } from '../support/networks.ts';
import { listen, open } from '../support/tcp-pair.ts';

/** Two listeners, one of them with a connection that has ten bytes to read, and a UDP socket. */
function sockets(): { shell: (line: string) => string } {
  const { network, a, b } = twoHosts();
  const listener = listen(b, 80, 5, { owner: '26108/server' });
  listen(b, 30_000, 128);
  new UdpSocket(b).bind(0, 53);
  const client = open(a, '10.0.0.2', 80, {}, 20_001);
  network.simulation.run({ until: SECOND });
  listener.accept();
  client.send(10);
  network.simulation.run({ until: 2 * SECOND });
  return {
    shell: (line) => {
      const { stdout, status } = new Shell(network, b).run(line);
      expect(status).toBe(0);
      return stdout;
    },
  };
}

describe('ss, as iproute2 6.1.0 prints the same sockets', () => {
  const { shell } = sockets();

  it('-tan', () => {
    expect(shell('ss -tan')).toBe(
      [
        'State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process',
        'LISTEN 0      5            0.0.0.0:80         0.0.0.0:*           ',
        'LISTEN 0      128          0.0.0.0:30000      0.0.0.0:*           ',
        'ESTAB  10     0           10.0.0.2:80        10.0.0.1:20001       ',
        '',
      ].join('\n'),
    );
  });

  it('-tn and -Htan', () => {
    expect(shell('ss -tn')).toBe(
      [
        'State Recv-Q Send-Q Local Address:Port Peer Address:Port Process',
        'ESTAB 10     0           10.0.0.2:80       10.0.0.1:20001       ',
        '',
      ].join('\n'),
    );
    expect(shell('ss -Htan').split('\n')[2]).toBe('ESTAB  10     0      10.0.0.2:80    10.0.0.1:20001');
  });

  it('-nltu and -p', () => {
    expect(shell('ss -nltu').split('\n').slice(0, 3)).toEqual([
      'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess',
      'udp   UNCONN 0      0            0.0.0.0:53         0.0.0.0:*          ',
      'tcp   LISTEN 0      5            0.0.0.0:80         0.0.0.0:*          ',
    ]);
    expect(shell('ss -tlnp')).toContain('users:(("server",pid=26108,fd=3))');
  });

  it('netstat shows the same', () => {
    expect(shell('netstat -ant')).toContain(
      'tcp       10      0 10.0.0.2:80             10.0.0.1:20001          ESTABLISHED',
    );
    expect(shell('netstat -tlnp')).toContain('LISTEN      26108/server');
  });
});
