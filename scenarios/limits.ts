/** Every limit on the size of a scenario, so that any file ends in a run or in a message, never in a hang. */
export const limits = {
  /** Characters of a scenario file (4 MiB). */
  fileLength: 4 * 1024 * 1024,
  /** Lexical tokens of the file: words, brackets, colons, white space. */
  tokens: 1_000_000,
  /** Maps and lists inside one another. */
  nesting: 64,
  /** Values after all aliases have been followed. */
  values: 500_000,
  /** Errors reported of one file. */
  errors: 200,
  nodes: 10_000,
  routers: 10_000,
  lans: 10_000,
  /** Interfaces of one node or router. */
  nics: 64,
  pods: 2_000_000,
  /** Pairs of sender and receiver over all traffic. */
  flows: 10_000_000,
  /** Routes over all nodes and routers. */
  routes: 10_000_000,
  events: 100_000,
  /** Lines of a file of sizes or of a trace. */
  rows: 1_000_000,
  /** Interfaces captured. */
  captures: 200_000,
  /** Names looked at to resolve patterns: patterns times nodes and pods. */
  comparisons: 50_000_000,
} as const;
