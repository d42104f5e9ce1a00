import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../cli/program.ts';
import { FakeIo, podwire } from '../support/fake-io.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { MISROUTED, SMALL } from './scenario.ts';

async function explain(text: string, ...args: string[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.yaml'), text);
  return podwire(['explain', 's.yaml', ...args], folder);
}

const fromTo = (from: string, to: string) => ['--from', from, '--to', to];
const acrossJson = async (text: string, ...args: string[]) =>
  JSON.parse((await explain(text, ...fromTo('pod/web-0', 'pod/web-1'), ...args, '--json')).out);

/** The small scenario with commands that node1 runs at the start. */
function withRules(...commands: readonly string[]): string {
  const events = commands.map((command) => `  - { at: 0s, on: node1, run: "${command}" }\n`);
  return `${SMALL}events:\n${events.join('')}`;
}

describe('podwire explain', () => {
  it('follows a ping and its reply over every hop', async () => {
    const { status, out } = await explain(SMALL, ...fromTo('pod/web-0', 'pod/web-1'), '--at', '500ms');
    expect(status).toBe(0);
    expect(out).toMatch(/^web-0 sends web-1 \(10\.244\.2\.2\) an ICMP echo request at 500 ms\n/);
    expect(out).toContain('request  10.244.1.2 > 10.244.2.2  ICMP echo request');
    expect(out).toMatch(/route +tables local, main: 10\.244\.2\.0\/24 via 192\.168\.1\.12 dev eth0/);
    expect(out).toMatch(/neighbour +arp of eth0: 192\.168\.1\.12: 0a:58:c0:a8:01:0c REACHABLE/);
    expect(out).toMatch(/bridge +fdb of br-lan: 0a:58:c0:a8:01:0c: learnt on port p-node2/);
    expect(out).toContain('reply  10.244.2.2 > 10.244.1.2  ICMP echo reply');
    expect(out).toMatch(
      /The echo request reached web-1 after 10\.\d us; the reply was back after 20\.\d us\.\n$/,
    );
  });

  it('gives the steps as JSON, in the order of time', async () => {
    const { outcome, packets } = await acrossJson(SMALL, '--at', '500ms');
    expect(outcome).toBe('answered');
    expect(packets.map(({ kind }: { kind: string }) => kind)).toEqual(['request', 'reply']);
    const [request] = packets;
    const hops = request.steps.map(({ namespace }: { namespace: string }) => namespace);
    expect([...new Set(hops)]).toEqual(['web-0', 'node1', 'lan', 'node2', 'web-1']);
    const times = request.steps.map(({ time }: { time: number }) => time);
    expect(times).toEqual([...times].sort((a: number, b: number) => a - b));
    expect(times[0]).toBe(500e6);
  });

  it('waits for ARP at the start, while other traffic goes on', async () => {
    const { packets } = await acrossJson(SMALL);
    const steps = packets[0].steps.map(({ step }: { step: string }) => step);
    expect(steps).toContain('wait');
    expect(packets[0].fate).toMatchObject({ kind: 'delivered', namespace: 'web-1' });
    expect(packets).toHaveLength(2);
  });

  it('shows the rule of netfilter that drops', async () => {
    const text = withRules('iptables -A FORWARD -d 10.244.2.2 -p icmp -j DROP');
    const { out } = await explain(text, ...fromTo('pod/web-0', 'pod/web-1'), '--at', '500ms');
    expect(out).toMatch(/filter +filter FORWARD rule 1: DROP\n +drop +v-net-0: netfilter_drop\n/);
    expect(out).toMatch(/netfilter of node1 dropped it: filter FORWARD rule 1 \(DROP\)\.\n$/);
  });

  it('shows the connection of a packet, and what is translated there and back', async () => {
    const text = withRules(
      'iptables -t nat -A POSTROUTING -s 10.244.1.0/24 -o eth0 -j MASQUERADE',
      'iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT',
    );
    const { out } = await explain(text, ...fromTo('pod/web-0', 'pod/web-1'), '--at', '500ms');
    const [request, reply] = out.split('reply  10.244.2.2 > 192.168.1.11');
    expect(request).toMatch(
      /connection +conntrack: NEW: 10\.244\.1\.2 > 10\.244\.2\.2 id \d+ \[UNREPLIED\], reply 10\.244\.2\.2 > 10\.244\.1\.2 id/,
    );
    expect(request).toMatch(
      /filter +filter FORWARD: policy ACCEPT\n +filter +nat POSTROUTING rule 1: MASQUERADE/,
    );
    expect(request).toMatch(/translate +nat: source 10\.244\.1\.2 id \d+ -> source 192\.168\.1\.11 id \d+/);
    expect(reply).toMatch(
      /connection +conntrack: ESTABLISHED, reply direction: 10\.244\.1\.2 > 10\.244\.2\.2 id \d+, reply 10\.244\.2\.2 > 192\.168\.1\.11 id/,
    );
    expect(reply).toMatch(
      /translate +nat: destination 192\.168\.1\.11 id \d+ -> destination 10\.244\.1\.2 id/,
    );
    expect(reply).toMatch(/filter +filter FORWARD rule 1: ACCEPT/);
  });

  it('follows a datagram to the address of a service, and the error back', async () => {
    const text = withRules(
      'iptables -t nat -A PREROUTING -p udp -d 10.96.0.10 --dport 53 -j DNAT --to-destination 10.244.2.2:5353',
    );
    const service = ['--from', 'pod/web-0', '--to', '10.96.0.10', '--protocol', 'udp', '--port', '53'];
    const { out } = await explain(text, ...service, '--at', '500ms');
    expect(out).toMatch(/translate +nat: destination 10\.96\.0\.10:53 -> destination 10\.244\.2\.2:5353/);
    expect(out).toMatch(
      /connection +conntrack: RELATED, reply direction: 10\.244\.1\.2:\d+ > 10\.96\.0\.10:53/,
    );
    expect(out).toContain('dropped at web-1:eth0 (no_socket)');
    expect(out).toContain('error  10.96.0.10 > 10.244.1.2  ICMP 10.96.0.10 udp port 53 unreachable');
  });

  it('finds nobody at the gateway of a wrong route', async () => {
    const { status, out } = await explain(MISROUTED, ...fromTo('web-0', 'web-1'));
    expect(status).toBe(0);
    expect(out).toMatch(
      /was dropped at node1:eth0 \(neighbour_failed\): nobody answered ARP for 192\.168\.1\.99 on eth0\./,
    );
    expect(out).toMatch(/node1 reported it: ICMP host 10\.244\.2\.2 unreachable; that reached web-0\./);
    expect(out).toMatch(/\+3\.07 s .*drop +eth0: neighbour_failed/);
  });

  it('shows what the table holds where no entry matches', async () => {
    const { out } = await explain(SMALL, ...fromTo('web-0', '10.99.0.1'));
    expect(out).toContain('(no_route): no entry in the routing tables of node1 matches 10.99.0.1.');
    expect(out).toContain('  table main of node1 holds:\n    10.244.1.0/24 dev v-net-0 src 10.244.1.1\n');
  });

  it('tells when the sender itself knows no way', async () => {
    const { status, out } = await explain(SMALL, ...fromTo('node1', '10.99.0.1'));
    expect(status).toBe(0);
    expect(out).toContain('node1 could not even send: ENETUNREACH (Network is unreachable).');
  });

  it('finds that the reply has no way back', async () => {
    const lost = SMALL.replace('pods:\n', 'pod_network: { routes: none }\npods:\n').replace(
      '    node[1-2]: { address: 192.168.1.11/24 }',
      `    node1: { address: 192.168.1.11/24, routes: ["10.244.2.0/24 via 192.168.1.12"] }
    node2: { address: 192.168.1.12/24 }`,
    );
    const { outcome, verdict, held } = await acrossJson(lost);
    expect(outcome).toBe('answer dropped');
    expect(verdict[0]).toMatch(/^The echo request reached web-1/);
    expect(verdict[1]).toMatch(/^Its reply was dropped at node2:v-net-0 \(no_route\)/);
    expect(held.namespace).toBe('node2');
  });

  it('finds a host that does not forward', async () => {
    const off = '[{ at: 100ms, sysctl: { node: node2, net.ipv4.ip_forward: 0 } }]';
    const { verdict } = await acrossJson(SMALL, '--set', `events=${off}`, '--at', '500ms');
    expect(verdict[0]).toMatch(/not_forwarding.*node2 does not forward: net\.ipv4\.ip_forward is 0/);
  });

  it('finds a cable that is cut', async () => {
    const cut = '[{ at: 100ms, link_down: "node1:eth0" }]';
    const { verdict } = await acrossJson(SMALL, '--set', `events=${cut}`, '--at', '500ms');
    expect(verdict[0]).toMatch(/dropped at node1:eth0 \((link_down|neighbour_failed)\)/);
  });

  it('follows a datagram to an open port and to a closed one', async () => {
    const open = await acrossJson(SMALL, '--protocol', 'udp');
    expect(open).toMatchObject({ outcome: 'delivered', packets: [{ kind: 'datagram' }] });
    const closed = await acrossJson(SMALL, '--protocol', 'udp', '--port', '1234');
    expect(closed.outcome).toBe('dropped');
    expect(closed.verdict[0]).toContain('nothing listens on that port in web-1');
    expect(closed.reports[0]).toMatch(/^web-1 reported it: ICMP 10\.244\.2\.2 udp port 1234 unreachable/);
  });

  it('follows every fragment of a large datagram', async () => {
    const { outcome, packets } = await acrossJson(
      SMALL,
      '--protocol',
      'udp',
      '--size',
      '4000',
      '--at',
      '500ms',
    );
    expect(outcome).toBe('delivered');
    expect(packets.length).toBeGreaterThanOrEqual(3);
  });

  it('tells of flooding in one line', async () => {
    const three = SMALL.replace('node[1-2]', 'node[1-3]').replace(
      'traffic:',
      'events:\n  - { at: 100ms, run: "ip neigh replace 192.168.1.12 lladdr 0a:58:c0:a8:01:77 dev eth0", on: node1 }\ntraffic:',
    );
    const { out } = await explain(three, ...fromTo('web-0', 'web-1'), '--at', '500ms');
    expect(out).toMatch(/dropped at \S+ \(other_host\)/);
    expect(out).toContain('unknown address: flooded');
  });
});

describe('what podwire explain refuses', () => {
  it.each([
    [fromTo('web-0', 'wb-1'), /there is no pod, node or router "wb-1" \(did you mean "web-1"\?\)/],
    [fromTo('pod/node1', 'web-1'), /there is no pod "node1"/],
    [fromTo('svc/web', 'web-1'), /"svc\/\.\.\." is not known/],
    [fromTo('10.244.1.2', 'web-1'), /--from needs a name/],
    [[...fromTo('web-0', 'web-1'), '--at', '2s'], /behind the end of the scenario/],
  ])('%j', async (args, message) => {
    const { status, err } = await explain(SMALL, ...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });

  it('a pod that is gone by then', async () => {
    const gone = ['--set', 'events=[{ at: 100ms, pod_delete: web-0 }]', '--at', '500ms'];
    const { status, err } = await explain(SMALL, ...fromTo('web-0', 'web-1'), ...gone);
    expect(status).toBe(2);
    expect(err).toContain('web-0 is not there at 0.5 s');
  });

  it('to go on when the user interrupts', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 's.yaml'), SMALL);
    const io = new FakeIo(folder);
    const args = ['explain', 's.yaml', ...fromTo('web-0', 'web-1'), '--stop', '24h', '--at', '23h'];
    const running = runProgram(args, io);
    while (!io.listening) await new Promise((resume) => setImmediate(resume));
    io.interrupt();
    expect(await running).toBe(130);
    expect(io.out).toBe('');
  });
});
