import type { Command } from '../../command.ts';
import { answerTo } from './answer.ts';
import { runningRouter } from './running-router.ts';

/** `weave prime`: waits until there is a ring. */
export const prime: Command = (context) => {
  const { allocator } = runningRouter(context);
  return answerTo((answer) => allocator.prime(() => answer(0)));
};
