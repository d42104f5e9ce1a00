/** What a rule or chain says of a packet. */
export const Verdict = {
  drop: 0,
  accept: 1,
  /** Nothing final: the next rule is asked, in a base chain's end its policy. */
  next: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];
