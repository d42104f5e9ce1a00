import { type ByteSink, PcapngWriter, PcapWriter } from '../../engine/pcap-writer/index.ts';
import { EPOCH_NS } from '../../engine/wall-clock.ts';
import type { CapturePlan } from '../plan/captures.ts';

/** All that must be known to write a capture file, as plain data. */
export interface CaptureFormat extends Pick<CapturePlan, 'file' | 'format' | 'snaplen'> {
  /** Bytes collected before the sink is called. */
  bufferSize: number;
}

/** What writes a file; its head goes to the sink with what comes first. */
export function captureWriter(
  { format, snaplen, bufferSize }: CaptureFormat,
  sink: ByteSink,
): PcapngWriter | PcapWriter {
  const common = { epochNanoseconds: EPOCH_NS, bufferSize };
  return format === 'pcapng'
    ? new PcapngWriter(sink, { ...common, application: 'podwire' })
    : new PcapWriter(sink, { ...common, snapLength: snaplen });
}
