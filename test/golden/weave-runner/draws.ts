/** Draws that are tried before a case counts as failed. */
export const DRAWS = 64;
