import type { QdiscClass, QdiscPlace } from '../../../models/queueing/qdisc-control.ts';
import { NotSupported } from '../../failure.ts';
import { type Arguments, duplicateArgument, usageError } from '../iproute2/arguments.ts';

/** Everything up to the kind of the discipline, and the kind if there is one. */
export function parsePlace(words: Arguments): QdiscPlace & { kind?: string } {
  const place: { dev?: string; parent?: QdiscClass; handle?: number; kind?: string } = {};
  let root = false;
  while (!words.done && place.kind === undefined) {
    const word = words.next();
    if (word === 'dev') place.dev = words.next();
    else if (word === 'root') {
      if (root || place.parent !== undefined) throw usageError('Error: "root" is duplicate parent ID');
      root = true;
    } else if (word === 'parent') {
      const text = words.next();
      if (root || place.parent !== undefined) throw duplicateArgument('parent', text);
      place.parent = parseClass(text);
    } else if (word === 'handle') place.handle = parseHandle(words.next());
    else if (['ingress', 'clsact', 'egress', 'estimator', 'stab'].includes(word)) {
      throw new NotSupported('tc', `"${word}"`);
    } else place.kind = word;
  }
  const { dev, parent } = place;
  if (dev === undefined) throw new NotSupported('tc', 'a qdisc without a device');
  return { ...place, dev, parent: root ? undefined : (parent ?? 'any') };
}

/** `MAJOR:MINOR` in hexadecimal, either of which may be missing. */
export function parseClass(text: string): QdiscClass {
  const match = /^([0-9a-fA-F]{0,4}):([0-9a-fA-F]{0,4})$/.exec(text);
  if (match === null) throw usageError(`Error: argument "${text}" is wrong: invalid parent ID`);
  return { major: hexadecimal(match[1]), minor: hexadecimal(match[2]) };
}

/** `MAJOR:` in hexadecimal. */
function parseHandle(word: string): number {
  const digits = /^([0-9a-fA-F]{1,4}):?$/.exec(word)?.[1];
  if (digits === undefined) throw usageError(`Error: argument "${word}" is wrong: invalid qdisc ID\n`);
  return hexadecimal(digits);
}

function hexadecimal(digits: string): number {
  return digits === '' ? 0 : Number.parseInt(digits, 16);
}
