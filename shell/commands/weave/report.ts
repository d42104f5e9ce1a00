import type { Command } from '../../command.ts';
import { NotSupported } from '../../failure.ts';
import { goJson } from './go-json.ts';
import { runningRouter, statusOf } from './running-router.ts';
import { usage } from './usage.ts';

/** `weave report`: JSON without a newline at its end. */
export const report: Command = (context, words) => {
  if (words.length === 2 && words[0] === '-f') throw new NotSupported('weave', 'report -f');
  if (words.length > 0) throw usage();
  context.stdout.write(goJson(statusOf(runningRouter(context))));
  return 0;
};
