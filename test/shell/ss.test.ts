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

  it('-tin with a filter: what TCP knows of a connection', () => {
    const [row, info, end] = shell('ss -tinH dport = 20001').split('\n');
    expect(row).toBe('ESTAB 10     0      10.0.0.2:80 10.0.0.1:20001');
    expect(info).toMatch(
      /^\t cubic wscale:10,10 rto:20\d rtt:\S+ ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:10 /,
    );
    expect(info).toContain(' bytes_received:10 segs_out:');
    expect(info).toMatch(/ rcv_space:14480 rcv_ssthresh:\d+ minrtt:\S+ snd_wnd:\d+$/);
    expect(end).toBe('');
    expect(shell('ss -tinH sport = :81')).toBe('');
    expect(shell('ss -ltniH sport = :80')).toBe(
      'LISTEN 0      5      0.0.0.0:80 0.0.0.0:*\n\t cubic cwnd:10\n',
    );
    expect(shell('ss -tinoH')).toContain('\t ts sack cubic ');
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
