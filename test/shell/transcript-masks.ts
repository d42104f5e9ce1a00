/** What no two runs share in the answers of ping and of netfilter's programs. */
const MASKS: readonly [pattern: RegExp, replacement: string][] = [
  [/^(# (?:Generated|Completed).* on ).*$/gm, '$1DATE'],
  [/ time=[\d.]+ ms/g, ' time=T ms'],
  [/, time \d+ms$/gm, ', time T'],
  [/^rtt min\/avg\/max\/mdev = [\d./]+ ms/gm, 'rtt T'],
  [/ipg\/ewma [\d./]+ ms/g, 'ipg/ewma T'],
  // drawn at random, and a matter of the machine
  [/initval 0x[0-9a-f]{8}/g, 'initval 0xN'],
  [/^Size in memory: \d+$/gm, 'Size in memory: N'],
  // what is left of the time of an entry; the header of a set keeps its own
  [/^((?:add \S+ )?[\d./,:a-z-]+) timeout [1-9]\d*/gm, '$1 timeout T'],
];

/** The answer with everything masked that cannot be the same; entries of sets, kept by hash, are sorted. */
export function maskAnswer(command: string, text: string): string {
  const masked = MASKS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
  if (!/^ipset\b/.test(command)) return masked;
  return masked
    .split(/^(?=create |Name: )/m)
    .map(sortEntries)
    .join('');
}

function sortEntries(section: string): string {
  const lines = section.split('\n');
  const start = lines.findIndex((line) => /^(Members:|create )/.test(line)) + 1;
  const end = lines.findIndex((line, index) => index >= start && line === '');
  if (start === 0 || end < 0) return section;
  return [...lines.slice(0, start), ...lines.slice(start, end).sort(), ...lines.slice(end)].join('\n');
}
