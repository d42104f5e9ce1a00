import type { PcapngWriter, PcapWriter } from '../../../engine/pcap-writer/index.ts';
import type { Network } from '../../netns/network.ts';
import type { FrameFilter } from '../frame-filter.ts';
import { Capture } from './capture.ts';
import { CaptureFiles } from './capture-files.ts';
import { CaptureLog } from './capture-log.ts';

/**
 * A capture by itself: what the interfaces see that it is told to watch goes to one file.
 * @param snapLength bytes of each frame to keep
 */
export function captureTo(
  network: Network,
  writer: PcapngWriter | PcapWriter,
  snapLength = Number.POSITIVE_INFINITY,
  filter: FrameFilter | null = null,
): Capture {
  const files = new CaptureFiles(network.macs);
  return new Capture(new CaptureLog(network, files), files.add(writer, snapLength), snapLength, filter);
}
