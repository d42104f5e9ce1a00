import { ControlError } from '../../models/netns/control-error.ts';

/** The error that a request is refused with, as `EEXIST: File exists`; `none` when it is granted. */
export function refusal(request: () => unknown): string {
  try {
    request();
  } catch (error) {
    if (error instanceof ControlError) return `${error.errno}: ${error.message}`;
    throw error;
  }
  return 'none';
}
