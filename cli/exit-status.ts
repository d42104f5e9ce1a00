/** Exit statuses of every command. */
export const ExitStatus = {
  ok: 0,
  /** The simulator failed, or what it had to write could not be written. */
  failed: 1,
  /** Wrong usage, or a scenario that cannot be run. */
  badInput: 2,
  thresholdFailed: 99,
  interrupted: 130,
} as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];
