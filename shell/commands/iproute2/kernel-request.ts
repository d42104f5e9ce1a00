import { ControlError, errnoText } from '../../../models/netns/control-error.ts';
import { CommandFailure } from '../../failure.ts';

/** Makes a request of the simulated kernel; its refusal is worded as iproute2 words an answer of netlink. */
export function request<T>(status: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof ControlError) throw new CommandFailure(`${refusal(error)}\n`, status);
    throw error;
  }
}

function refusal(error: ControlError): string {
  if (error.extack === undefined) return `RTNETLINK answers: ${errnoText(error.errno)}`;
  return `Error: ${error.extack.replace(/\.$/, '')}.`;
}
