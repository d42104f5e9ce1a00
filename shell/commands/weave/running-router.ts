import { Weaver } from '../../../models/weave/weaver.ts';
import { type WeaverStatus, weaverStatus } from '../../../models/weave/weaver-status.ts';
import type { CommandContext } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { goTimes } from './go-time.ts';

export const NOT_RUNNING = 'weave container is not present. Have you launched it?\n';
/** curl's exit status where nobody listens, which the script passes on. */
const CONNECTION_REFUSED = 7;

/** The router of this host. @throws CommandFailure when none runs */
export function runningRouter(
  { namespace }: Pick<CommandContext, 'namespace'>,
  status = CONNECTION_REFUSED,
): Weaver {
  const weaver = namespace.services.find(Weaver);
  if (weaver === undefined) throw new CommandFailure(NOT_RUNNING, status);
  return weaver;
}

/** All that it says of itself, times as it prints them. */
export function statusOf(weaver: Weaver): WeaverStatus {
  return weaverStatus(weaver, goTimes(weaver.startedAt));
}
