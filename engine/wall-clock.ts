/**
 * The simulation's clock starts at this wall-clock time wherever a calendar is needed: 2026-01-01 00:00:00 UTC, always
 * the same. Nanoseconds since 1970.
 */
export const EPOCH_NS = 1_767_225_600_000_000_000n;
