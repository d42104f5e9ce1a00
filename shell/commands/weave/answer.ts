import type { PendingRequest } from '../../../models/weave/ipam/operation.ts';
import type { CommandOutcome, Signal } from '../../command.ts';

/** Exit statuses of who is killed. */
const KILLED: Record<Signal, number> = { SIGINT: 130, SIGQUIT: 131, SIGKILL: 137, SIGTERM: 143 };

/**
 * Asks the router for something that it may not be able to answer at once: the command ends with the answer.
 * @param ask begins the request; calls back with the exit status
 */
export function answerTo(ask: (answer: (status: number) => void) => PendingRequest): CommandOutcome {
  let answered: number | null = null;
  let exit: ((status: number) => void) | null = null;
  const request = ask((status) => {
    answered = status;
    exit?.(status);
  });
  if (answered !== null) return answered;
  return (done) => {
    exit = done;
    return {
      signal: (signal) => {
        exit = null;
        request.abandon();
        done(KILLED[signal]);
      },
    };
  };
}
