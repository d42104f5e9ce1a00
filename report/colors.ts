import picocolors from 'picocolors';

/** Functions that dress text for a terminal, or leave it as it is. */
export type Colors = ReturnType<typeof picocolors.createColors>;

export const PLAIN: Colors = picocolors.createColors(false);

export const makeColors = (enabled: boolean): Colors => picocolors.createColors(enabled);
