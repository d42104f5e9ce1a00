import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../golden/weave/', import.meta.url);

/** What a recorded router said of itself: each view under the path that it was asked for by. */
export function recordedViews(name: string, peer: number): Map<string, string> {
  const text = readFileSync(new URL(`${name}/state/peer${peer}-status.txt`, FOLDER), 'utf8');
  const views = new Map<string, string>();
  for (const part of text.split(/^# GET \/status/m).slice(1)) {
    const newline = part.indexOf('\n');
    // an empty line stands between views
    views.set(part.slice(1, newline), part.slice(newline + 1).replace(/\n$/, ''));
  }
  return views;
}

export function recordedReport(name: string, peer: number): string {
  const text = readFileSync(new URL(`${name}/state/peer${peer}-report.json`, FOLDER), 'utf8');
  return text.replace('"unreleased"', '"2.8.1"');
}

/** Lines of the timeline of a cut link that begin so. */
export function recordedTimeline(start: string): string[] {
  const lines = readFileSync(new URL('link-cut/timeline.txt', FOLDER), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

/** What is drawn or has to do with the clock, in text, replaced. */
export function maskText(text: string): string {
  return text
    .replace('Version: unreleased', 'Version: 2.8.1')
    .replace(/(:)(\d{5})( *)/g, (whole, colon, _port, blanks) => `${colon}PORT${blanks}`.padEnd(whole.length))
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d*[1-9])? \+0000 UTC m=\+\d+\.\d{9}/g, 'TIME');
}

/**
 * A report with its names in their order, but what is drawn or has to do with the clock replaced, and lists, whose order
 * is random, sorted.
 */
export function comparableReport(text: string): string {
  const masked = text
    .replace(/"(UID|ShortID|Version|PacketsReceived)": \d+/g, '"$1": 0')
    .replace(/("Address": "[\d.]+:)\d{5}"/g, '$1PORT"')
    .replace(/"(Mac|LastSeen)": "[^"]*"/g, '"$1": ""');
  const report = JSON.parse(masked) as { Router: { MACs: object[]; BroadcastRoutes: { Via: unknown }[] } };
  const { Router } = report;
  // which addresses a router has seen depends on what was sent there, and so does for whom it has looked up routes
  Router.MACs = [Object.keys(Router.MACs[0])];
  Router.BroadcastRoutes = Router.BroadcastRoutes.filter(({ Via }) => Via !== null);
  return JSON.stringify(sortLists(report), null, 1);
}

function sortLists(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sortLists).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, sortLists(member)]));
}

/** Blocks of lines in an order of their own: a line and those that are indented under it. */
export function sortedBlocks(text: string): string[] {
  const blocks: string[][] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith(' ') && blocks.length > 0) blocks.at(-1)!.push(line);
    else blocks.push([line]);
  }
  return blocks.map(([head, ...rest]) => [head, ...rest.sort()].join('\n')).sort();
}
