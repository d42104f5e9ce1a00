/** Sequence numbers wrap at 32 bits (RFC 9293 section 3.4). */
const SEQUENCE_SPACE = 2 ** 32;

/** One direction of a TCP connection: `source:port>destination:port`. */
export type FlowKey = string;

/** Remembers initial sequence numbers and time stamps, to tell TCP's random numbers as relative ones. */
export class TcpTracker {
  private readonly initialSequence = new Map<FlowKey, number>();
  private readonly timestamps = new Map<FlowKey, Set<number>>();

  /** A SYN was seen: it starts the numbering anew unless it repeats the one before. */
  syn(flow: FlowKey, sequence: number): void {
    if (this.initialSequence.get(flow) === sequence) return;
    this.initialSequence.set(flow, sequence);
    this.timestamps.set(flow, new Set());
  }

  /** Without a SYN in the capture the first number seen serves as the initial one. */
  assumeInitial(flow: FlowKey, sequence: number): void {
    if (!this.initialSequence.has(flow)) this.initialSequence.set(flow, sequence);
  }

  /** The number relative to the flow's initial one, or to `otherwise` when none is known. */
  relative(flow: FlowKey, sequence: number, otherwise: number): number {
    const initial = this.initialSequence.get(flow) ?? otherwise;
    return (sequence - initial + SEQUENCE_SPACE) % SEQUENCE_SPACE;
  }

  timestampSent(flow: FlowKey, value: number): void {
    let values = this.timestamps.get(flow);
    if (values === undefined) this.timestamps.set(flow, (values = new Set()));
    values.add(value);
  }

  /** What an echoed time stamp (RFC 7323 TSecr) is to the flow whose time stamps it should echo. */
  echoOf(flow: FlowKey, echo: number): 'zero' | 'echo' | 'unknown' {
    if (echo === 0) return 'zero';
    return this.timestamps.get(flow)?.has(echo) === true ? 'echo' : 'unknown';
  }
}
