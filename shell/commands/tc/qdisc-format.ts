import type { QdiscClass, QdiscView } from '../../../models/queueing/qdisc-control.ts';
import type { JsonObject } from '../iproute2/json-writer.ts';
import { syntaxes } from './syntaxes.ts';
import { formatSize } from './units.ts';

/** What an interface has by itself: references of its root, one more where a discipline was put there. */
const OWN_REFERENCES = 2;

/** A discipline as `tc qdisc show` prints it. */
export function formatQdisc(view: QdiscView, namesDevice: boolean, statistics: boolean): string {
  const dev = namesDevice ? ` dev ${view.dev}` : '';
  const place =
    view.parent === undefined ? `root refcnt ${references(view)}` : `parent ${formatClass(view.parent)}`;
  const head = `qdisc ${view.kind} ${formatMajor(view.handle)}${dev} ${place} ${options(view)}\n`;
  return statistics ? head + statisticsText(view) : head;
}

export function qdiscJson(view: QdiscView, namesDevice: boolean, statistics: boolean): JsonObject {
  return {
    kind: view.kind,
    handle: formatMajor(view.handle),
    ...(namesDevice && { dev: view.dev }),
    ...(view.parent === undefined
      ? { root: true, refcnt: references(view) }
      : { parent: formatClass(view.parent) }),
    options: view.spec === undefined ? ownJson(view) : syntaxes[view.spec.kind].json(view),
    ...(statistics && statisticsJson(view)),
  };
}

function references({ spec }: QdiscView): number {
  return spec === undefined ? OWN_REFERENCES : OWN_REFERENCES + 1;
}

function options(view: QdiscView): string {
  if (view.spec !== undefined) return syntaxes[view.spec.kind].text(view);
  return view.kind === 'pfifo_fast' ? syntaxes.pfifo_fast.text(view) : '';
}

function ownJson(view: QdiscView): JsonObject {
  return view.kind === 'pfifo_fast' ? syntaxes.pfifo_fast.json(view) : {};
}

function statisticsText(view: QdiscView): string {
  const { sentBytes, sentPackets, dropped, overlimits, requeues } = view.statistics;
  const more = view.spec === undefined ? '' : (syntaxes[view.spec.kind].statistics?.(view) ?? '');
  return (
    ` Sent ${sentBytes} bytes ${sentPackets} pkt ` +
    `(dropped ${dropped}, overlimits ${overlimits} requeues ${requeues}) \n` +
    ` backlog ${formatSize(view.backlogBytes)} ${view.backlogPackets}p requeues ${requeues}\n${more}`
  );
}

function statisticsJson(view: QdiscView): JsonObject {
  const { sentBytes, sentPackets, dropped, overlimits, requeues } = view.statistics;
  return {
    bytes: sentBytes,
    packets: sentPackets,
    drops: dropped,
    overlimits,
    requeues,
    backlog: view.backlogBytes,
    qlen: view.backlogPackets,
    ...(view.spec !== undefined && syntaxes[view.spec.kind].statisticsJson?.(view)),
  };
}

function formatMajor(major: number): string {
  return `${major.toString(16)}:`;
}

/** A class without a number is written `1:`. */
function formatClass({ major, minor }: QdiscClass): string {
  return formatMajor(major) + (minor === 0 ? '' : minor.toString(16));
}
