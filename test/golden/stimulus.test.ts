import { describe, expect, it } from 'vitest';
import type { Stimulus } from './case.ts';
import { leadingSleep, parseStimulus } from './stimulus.ts';
import { parseWords, splitWords } from './words.ts';

function stimulus(cmd: string, action?: { type: string; [key: string]: unknown }): Stimulus {
  return {
    t_s: 0,
    ns: 'pod',
    cmd,
    rc: 0,
    stdout: '',
    stderr: '',
    ...(action === undefined ? {} : { action }),
  };
}

describe('parseStimulus', () => {
  it('takes the data first and the command line for the rest', () => {
    const data = { type: 'ping', to: '10.0.0.2', count: 14, interval_s: 1 };
    expect(parseStimulus(stimulus('ping -n -c 14 -i 1 -W 4 -t 3 -e 77 10.0.0.2', data))).toEqual({
      kind: 'ping',
      to: '10.0.0.2',
      count: 14,
      interval: 1,
      size: 56,
      ttl: 3,
      wait: 4,
      pathMtuDiscovery: undefined,
      id: 77,
    });
  });

  it('needs no data where the command line says everything', () => {
    expect(parseStimulus(stimulus('ping -n -c2 -s 1472 -M do 10.0.0.2'))).toMatchObject({
      kind: 'ping',
      count: 2,
      size: 1472,
      ttl: 0,
      pathMtuDiscovery: 'do',
    });
    expect(parseStimulus(stimulus('traceroute -n -I -q 1 -N 1 -w 2 -m 5 10.0.0.2'))).toEqual({
      kind: 'traceroute',
      to: '10.0.0.2',
      method: 'icmp',
      queries: 1,
      simultaneous: 1,
      wait: 2,
      maxHops: 5,
    });
    const sizes = '--len 1 --len=1473 --interval 0.5 --connected --df dont';
    expect(parseStimulus(stimulus(`gl-udp send --dst 10.0.0.2 --dport 7 ${sizes}`))).toEqual({
      kind: 'udp-send',
      to: '10.0.0.2',
      port: 7,
      localPort: undefined,
      sizes: [1, 1473],
      interval: 0.5,
      wait: 1,
      connected: true,
      dontFragment: 'dont',
    });
  });

  it('knows raw frames and announcements in either form', () => {
    const frame = 'gl-frame --if eth1 --src 02:00:00:00:00:01 --dst ff:ff:ff:ff:ff:ff --text "a b"';
    expect(parseStimulus(stimulus(frame, { type: 'raw-frame', ethertype: '0x88b5' }))).toEqual({
      kind: 'raw-frame',
      dev: 'eth1',
      source: '02:00:00:00:00:01',
      destination: 'ff:ff:ff:ff:ff:ff',
      etherType: 0x88b5,
      text: 'a b',
    });
    const announce = 'gl-frame --if eth0 --src 02:00:00:00:00:01 --garp 10.0.0.9';
    const announced = { kind: 'gratuitous-arp', dev: 'eth0', mac: '02:00:00:00:00:01', address: '10.0.0.9' };
    expect(parseStimulus(stimulus(announce, { type: 'gratuitous-arp' }))).toEqual({
      ...announced,
      form: 'request',
    });
    expect(parseStimulus(stimulus(announce, { type: 'gratuitous-arp', form: 'reply' }))).toEqual({
      ...announced,
      form: 'reply',
    });
  });

  it('leaves everything else to the shell, whatever sleeps before it', () => {
    const line = 'echo 0 > /proc/sys/net/ipv4/ip_forward';
    expect(parseStimulus(stimulus(line, { type: 'configure' }))).toEqual({ kind: 'command', line });
    expect(parseStimulus(stimulus(`sleep 0.5; ${line}`))).toEqual({ kind: 'command', line });
    expect(leadingSleep(stimulus(`sleep 0.5; ${line}`))).toBe(0.5);
    expect(leadingSleep(stimulus('ping x', { type: 'ping', after_s: 0.7 }))).toBe(0.7);
    expect(leadingSleep(stimulus(line))).toBe(0);
  });

  it('says what it does not understand', () => {
    expect(() => parseStimulus(stimulus('ping -Z 10.0.0.2'))).toThrow(
      'stimulus "ping -Z 10.0.0.2": unknown option -Z',
    );
    expect(() => parseStimulus(stimulus('ping -c'))).toThrow('option -c needs a value');
    expect(() => parseStimulus(stimulus('ping -c many 10.0.0.2'))).toThrow('expected number');
    expect(() => parseStimulus(stimulus('gl-udp send --dst 10.0.0.2 --dport 99999 --len 1'))).toThrow(
      '<=65535',
    );
    expect(() => parseStimulus(stimulus('gl-sctp send'))).toThrow('unknown tool');
  });
});

describe('words', () => {
  it('splits at white space outside quotes', () => {
    expect(splitWords(`a  "b c"'d e'f --x="1 2" `)).toEqual(['a', 'b cd ef', '--x=1 2']);
    expect(splitWords('')).toEqual([]);
  });

  it('takes bundled and attached options apart', () => {
    const spec = { '-n': false, '-q': false, '-c': true };
    expect(parseWords(['-nqc3', 'x', '-', '-c', '4'], spec)).toEqual({
      options: new Map([
        ['-n', ['']],
        ['-q', ['']],
        ['-c', ['3', '4']],
      ]),
      operands: ['x', '-'],
    });
  });
});
