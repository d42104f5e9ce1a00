/** Sequence numbers (RFC 9293, 3.4) are kept as signed 32-bit integers; they wrap round. */

/** Whether sequence number `a` comes before `b`. */
export function before(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** Whether sequence number `a` comes behind `b`. */
export function after(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** Bytes from `from` up to `to`. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}
