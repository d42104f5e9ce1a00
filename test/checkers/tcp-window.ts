import type { Tap } from '../../models/link/tap.ts';
import type { Interface } from '../../models/netns/interface/interface.ts';
import type { Packet } from '../../models/packet.ts';
import { TcpSegment } from '../../models/transport/tcp/tcp-segment.ts';
import { TcpFlag } from '../../models/wire/tcp.ts';

/** Sits at a host with one connection and checks that no segment goes beyond what the peer has offered. */
export class TcpWindowChecker implements Tap {
  readonly offences: string[] = [];
  segments = 0;
  private edge: number | null = null;
  private scale = 0;

  constructor(iface: Interface) {
    iface.tap = this;
  }

  ingress(_iface: Interface, packet: Packet): void {
    const segment = packet.tcp;
    if (!(segment instanceof TcpSegment)) return;
    const isSyn = (segment.flags & TcpFlag.syn) !== 0;
    if (isSyn) this.scale = Math.max(0, segment.windowScale);
    if ((segment.flags & TcpFlag.ack) === 0) return;
    const window = isSyn ? segment.window : segment.window * 2 ** this.scale;
    const edge = (segment.acknowledgement + window) | 0;
    if (this.edge === null || ((edge - this.edge) | 0) > 0) this.edge = edge;
  }

  egress(_iface: Interface, packet: Packet): void {
    const segment = packet.tcp;
    if (segment === null || packet.payloadLength === 0 || this.edge === null) return;
    this.segments++;
    const beyond = (segment.sequence + packet.payloadLength - this.edge) | 0;
    if (beyond > 0) this.offences.push(`segment ${segment.sequence} ends ${beyond} bytes behind the window`);
  }
}
