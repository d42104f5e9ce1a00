/** Nanoseconds of one tick in which the kernel's packet scheduler and tc tell each other times (PSCHED_SHIFT 6). */
export const TICK = 64;
