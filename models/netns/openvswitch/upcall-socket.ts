import { DropReason } from '../../drop-reason.ts';
import type { Packet } from '../../packet.ts';
import type { Interface } from '../interface/interface.ts';
import { truesize } from '../interface/truesize.ts';
import type { FlowKey } from './flow.ts';

/** Memory for what waits to be read (`net.core.rmem_default`). */
const RECEIVE_BUFFER = 212_992;

/** A frame that a datapath has no flow for. */
export interface Upcall {
  readonly key: FlowKey;
  readonly packet: Packet;
}

/** Where a program hears of frames that a datapath has no flow for (the netlink socket of `OVS_PACKET_CMD_MISS`). */
export class UpcallSocket {
  private readonly waiting: Upcall[] = [];
  private memory = 0;
  private readonly onReadable: () => void;

  /** @param onReadable something has come in */
  constructor(onReadable: () => void) {
    this.onReadable = onReadable;
  }

  /** Frames that wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** Answers whether there was room for it. */
  push(upcall: Upcall): boolean {
    const size = truesize(upcall.packet);
    if (this.memory + size > RECEIVE_BUFFER) return false;
    this.memory += size;
    this.waiting.push(upcall);
    this.onReadable();
    return true;
  }

  /** The oldest, which is the program's from now on; undefined for none. */
  read(): Upcall | undefined {
    const upcall = this.waiting.shift();
    if (upcall !== undefined) this.memory -= truesize(upcall.packet);
    return upcall;
  }

  /** What was not read is lost. @param iface where that is counted */
  close(iface: Interface): void {
    this.memory = 0;
    for (const { packet } of this.waiting.splice(0)) {
      iface.namespace.network.drop(packet, DropReason.deviceGone, iface);
    }
  }
}
