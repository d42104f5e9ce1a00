import { ControlError } from '../netns/control-error.ts';
import type { NetworkNamespace } from '../netns/network-namespace.ts';
import { WAKE_LATENCY } from '../traffic/program.ts';
import { TcpListener } from '../transport/tcp/tcp-listener.ts';
import type { Ipv4Address } from '../wire/ipv4-address.ts';
import type { Alarms } from './alarms.ts';
import { socketOptions } from './mesh/socket-options.ts';

/**
 * A TCP port at which the real router speaks HTTP. It is open, but nobody here speaks: programs of the host call the
 * router itself (`HostServices`), and a connection is closed as soon as it is accepted.
 */
export class HttpPort {
  private readonly listener: TcpListener;
  private readonly alarms: Alarms;

  /** @throws ControlError when the port is taken, or the address is none of the host's */
  constructor(
    namespace: NetworkNamespace,
    address: Ipv4Address,
    port: number,
    owner: string,
    alarms: Alarms,
  ) {
    const listener = TcpListener.open(namespace, address, port, undefined, socketOptions(owner));
    if (typeof listener === 'string') throw new ControlError(listener);
    this.listener = listener;
    this.alarms = alarms;
    listener.onChange = () => void this.alarms.after(WAKE_LATENCY, () => this.turnAway());
  }

  close(): void {
    this.listener.close();
  }

  private turnAway(): void {
    for (let next = this.listener.accept(); next !== null; next = this.listener.accept()) next.close();
  }
}
