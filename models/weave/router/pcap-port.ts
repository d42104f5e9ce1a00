import { DropReason } from '../../drop-reason.ts';
import type { Interface } from '../../netns/interface/interface.ts';
import type { Packet } from '../../packet.ts';
import { PacketSocket } from '../../transport/packet-socket.ts';
import type { FlowOperation } from './flow-operation.ts';
import type { BridgePort } from './network-overlay.ts';
import { RouterThread, type ThreadContext } from './router-thread.ts';

/** Bytes of frames that wait to be read at most (weave `--bufsz`, 8 MB). */
const CAPTURE_BUFFER = 8 * 2 ** 20;

type Consumer = (source: number, destination: number) => FlowOperation | null;

/** The bridge's frames by a packet socket on `vethwe-pcap` (weave `router/pcap.go`). */
export class PcapPort implements BridgePort {
  readonly name: string;
  readonly iface: Interface;
  private readonly thread: RouterThread;
  private readonly captured: Packet[] = [];
  private capturedBytes = 0;
  private readonly counters = { PacketsDropped: 0, PacketsIfDropped: 0, PacketsReceived: 0 };
  private socket: PacketSocket | null = null;
  private consumer: Consumer | null = null;
  private readonly injection: FlowOperation;

  constructor(iface: Interface, context: ThreadContext) {
    this.iface = iface;
    this.name = `${iface.name} (via pcap)`;
    this.thread = new RouterThread(iface.namespace.network.simulation, context, () => this.readFrames());
    this.injection = {
      discards: false,
      process: (packet) => this.send(packet),
      flatten: () => [this.injection],
    };
  }

  startConsumingPackets(consumer: Consumer): void {
    this.consumer = consumer;
    this.socket = new PacketSocket(this.iface, { promiscuous: true });
    this.socket.onReceive = (packet) => this.receive(packet);
  }

  /** The router has ended: the kernel forgets what it had not read. */
  close(): void {
    this.socket?.close();
    this.socket = null;
    for (const packet of this.captured.splice(0)) this.drop(packet, DropReason.deviceGone);
    this.capturedBytes = 0;
  }

  /** Frames in the hands of the kernel, which the router has not read. */
  get holds(): number {
    return this.captured.length;
  }

  inject(): FlowOperation {
    return this.injection;
  }

  statistics(): Readonly<Record<string, number>> {
    return this.counters;
  }

  private receive(packet: Packet): void {
    this.counters.PacketsReceived++;
    if (this.capturedBytes + packet.length > CAPTURE_BUFFER) {
      this.counters.PacketsDropped++;
      this.drop(packet, DropReason.socketBufferFull);
      return;
    }
    this.captured.push(packet);
    this.capturedBytes += packet.length;
    this.thread.wake();
  }

  private readFrames(): void {
    while (this.captured.length > 0 && !this.thread.isBlocked) {
      const packet = this.captured.shift()!;
      this.capturedBytes -= packet.length;
      this.charge(packet);
      const operation = this.consumer!(packet.source, packet.destination);
      if (operation === null) this.drop(packet, DropReason.overlayNoPeer);
      else operation.process(packet, false);
    }
  }

  private send(packet: Packet): void {
    this.charge(packet);
    if (this.socket === null) this.drop(packet, DropReason.overlayClosed);
    else this.socket.send(packet);
  }

  /** Each frame goes from the kernel to the program, or back. */
  private charge(packet: Packet): void {
    this.iface.namespace.processor?.charge('copy', packet);
  }

  private drop(packet: Packet, reason: DropReason): void {
    this.iface.namespace.network.drop(packet, reason, this.iface);
  }
}
