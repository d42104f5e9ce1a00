/** Something wrong at a place of the text, before it has a meaning as a scenario. */
export interface TextProblem {
  /** UTF-16 units from the start of the text. */
  offset: number;
  message: string;
  expected?: string;
  nearest?: string;
}
