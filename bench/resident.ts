import { getHeapSpaceStatistics } from 'node:v8';

/**
 * Resident bytes of this process, without what V8 keeps for young objects: that grows to its working size (twice 16 MB)
 * while any cluster of some size is built, and is no pod's.
 */
export function residentBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return process.memoryUsage.rss() - (young?.physical_space_size ?? 0);
}
