import { printIpamStatus } from '../../../models/weave/ipam/ipam-status.ts';
import type { WeaverStatus } from '../../../models/weave/weaver-status.ts';
import type { Command } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { runningRouter, statusOf } from './running-router.ts';
import { statusConnections } from './status-connections.ts';
import { statusPeers } from './status-peers.ts';
import { statusSummary } from './status-summary.ts';
import { USAGE } from './usage.ts';

const VIEWS: ReadonlyMap<string, (status: WeaverStatus) => string> = new Map([
  ['connections', statusConnections],
  ['peers', statusPeers],
  ['targets', ({ Router }: WeaverStatus) => (Router.Targets ?? []).map((target) => `${target}\n`).join('')],
  ['ipam', ({ Router, IPAM }: WeaverStatus) => printIpamStatus(IPAM, Router.Name)],
]);

/** `weave status [VIEW]` */
export const status: Command = (context, words) => {
  if (words.length === 0) return summary(context);
  const name = words.join('/');
  const router = runningRouter(context, 1);
  // a router without DNS fails to print what it has not
  if (name === 'dns') throw new CommandFailure('error during template execution\n', 1);
  const view = VIEWS.get(name);
  if (view === undefined) {
    throw new CommandFailure(`Invalid 'weave status' sub-command: ${words.join(' ')}\n${USAGE}`, 1);
  }
  context.stdout.write(view(statusOf(router)));
  return 0;
};

/** An empty line stands before and after it, even where there is nothing to tell. */
const summary = (context: Parameters<Command>[0]): number => {
  context.stdout.write('\n');
  try {
    context.stdout.write(statusSummary(statusOf(runningRouter(context, 1))));
  } finally {
    context.stdout.write('\n');
  }
  return 0;
};
