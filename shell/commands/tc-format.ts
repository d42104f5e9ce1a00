import type { QdiscView } from '../../models/netns/qdisc-control.ts';
import type { JsonObject } from './iproute2/json-writer.ts';

/** Nanoseconds of one tick of the kernel's packet scheduler (PSCHED_SHIFT 6). */
const TICK = 64;
const PRIOMAP = 'bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1';

/** A discipline as `tc qdisc show` prints it. */
export function formatQdisc(view: QdiscView, namesDevice: boolean, statistics: boolean): string {
  const handle = `${view.handle.toString(16)}:`;
  const dev = namesDevice ? ` dev ${view.dev}` : '';
  const references = view.spec === undefined ? 2 : 3;
  const head = `qdisc ${view.kind} ${handle}${dev} root refcnt ${references} ${options(view)}\n`;
  return statistics ? head + statisticsText(view) : head;
}

export function qdiscJson(view: QdiscView, namesDevice: boolean): JsonObject {
  return {
    kind: view.kind,
    handle: `${view.handle.toString(16)}:`,
    ...(namesDevice && { dev: view.dev }),
    root: true,
    refcnt: view.spec === undefined ? 2 : 3,
    options: jsonOptions(view),
  };
}

function options({ spec, kind, burstTime }: QdiscView): string {
  if (spec === undefined) return kind === 'pfifo_fast' ? `${PRIOMAP}` : '';
  if (spec.kind === 'pfifo') return `limit ${spec.limit}p`;
  if (spec.kind === 'bfifo') return `limit ${formatSize(spec.limit)}`;
  const { burst, latency } = shown(spec, burstTime ?? 0);
  const bound = latency < 0 ? `limit ${formatSize(spec.limit)}` : `lat ${formatTime(latency)}`;
  return `rate ${formatRate(spec.rate)} burst ${formatSize(burst)} ${bound} `;
}

function jsonOptions({ spec, burstTime }: QdiscView): JsonObject {
  if (spec === undefined) return {};
  if (spec.kind !== 'tbf') return { limit: spec.limit };
  const { burst, latency } = shown(spec, burstTime ?? 0);
  return {
    rate: spec.rate,
    burst,
    ...(latency < 0 ? { limit: spec.limit } : { lat: Math.floor(latency) }),
  };
}

/** What tc works out again of what the kernel tells: the burst in ticks. Latency in microseconds. */
function shown(spec: { rate: number; limit: number }, burstTime: number): { burst: number; latency: number } {
  const burst = Math.floor((Math.floor(burstTime / TICK) * TICK) / 1000);
  return {
    burst: Math.floor((spec.rate * burst) / 1e6),
    latency: (1e6 * spec.limit) / spec.rate - burst,
  };
}

function formatRate(bytesPerSecond: number): string {
  let rate = bytesPerSecond * 8;
  let unit = 0;
  while (unit < 4 && rate >= 1000 && (rate % 1000 === 0 || rate >= 1e6)) {
    rate = Math.floor(rate / 1000);
    unit++;
  }
  return `${rate}${['', 'K', 'M', 'G', 'T'][unit]}bit`;
}

function formatSize(bytes: number): string {
  const mega = 1024 * 1024;
  if (bytes >= mega && Math.abs(mega * Math.round(bytes / mega) - bytes) < 1024) {
    return `${Math.round(bytes / mega)}Mb`;
  }
  if (bytes >= 1024 && Math.abs(1024 * Math.round(bytes / 1024) - bytes) < 16) {
    return `${Math.round(bytes / 1024)}Kb`;
  }
  return `${bytes}b`;
}

function formatTime(microseconds: number): string {
  const three = (value: number) => String(Number(value.toPrecision(3)));
  const whole = Math.floor(microseconds);
  if (whole >= 1e6) return `${three(whole / 1e6)}s`;
  return whole >= 1e3 ? `${three(whole / 1e3)}ms` : `${whole}us`;
}

function statisticsText({ statistics }: QdiscView): string {
  const { sentBytes, sentPackets, dropped, overlimits, backlogBytes, backlogPackets } = statistics;
  return (
    ` Sent ${sentBytes} bytes ${sentPackets} pkt (dropped ${dropped}, overlimits ${overlimits} requeues 0) \n` +
    ` backlog ${formatSize(backlogBytes)} ${backlogPackets}p requeues 0\n`
  );
}
