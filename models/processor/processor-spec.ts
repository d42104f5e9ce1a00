/** What one piece of work takes: nanoseconds for a packet, and more for each of its bytes. */
export interface Cost {
  packet: number;
  byte: number;
}

/** The kinds of work that cost time. */
export const WORKS = ['receive', 'cross', 'forward', 'bridge', 'encapsulate', 'copy', 'encrypt'] as const;
export type Work = (typeof WORKS)[number];

/**
 * The processor of a node: how many cores, how much may wait for each, and what work costs.
 *
 * - `receive`: a frame off a cable: interrupt, driver, socket buffer
 * - `cross`: a frame out of a veth pair, the loopback interface or a tunnel, into the next namespace or interface
 * - `forward`: routing a packet on
 * - `bridge`: a bridge decides on a frame
 * - `encapsulate`: into a tunnel, and out of it
 * - `copy`: between a program and the kernel, with the system call, at either end
 * - `encrypt`: what is in a tunnel, and decrypting it
 */
export interface ProcessorSpec extends Readonly<Record<Work, Cost>> {
  cores: number;
  /** Frames that may wait for one core (`net.core.netdev_max_backlog`). */
  backlog: number;
}
