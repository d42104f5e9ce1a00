import type { Command } from '../../command.ts';
import { CommandFailure } from '../../failure.ts';
import { runningRouter } from './running-router.ts';
import { usage } from './usage.ts';

/** `weave connect [--replace] PEER...` */
export const connect: Command = (context, words) => {
  if (words.length === 0) throw usage();
  const replace = words[0] === '--replace';
  const errors = runningRouter(context).mesh.connect(replace ? words.slice(1) : words, replace);
  if (errors.length > 0) throw new CommandFailure(`${errors.join('\n')}\n`, 1);
  return 0;
};

/** `weave forget PEER...` */
export const forget: Command = (context, words) => {
  if (words.length === 0) throw usage();
  runningRouter(context).mesh.forget(words);
  return 0;
};

/** `weave rmpeer PEER...`: this host takes over what they own. */
export const rmpeer: Command = (context, words) => {
  if (words.length === 0) throw usage();
  const { allocator } = runningRouter(context, 1);
  for (const peer of words) {
    context.stdout.write(`${allocator.removePeer(peer)} IPs taken over from ${peer}\n`);
  }
  return 0;
};
