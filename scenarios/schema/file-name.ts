import { quote } from '../diagnostic.ts';
import { nearestName } from '../nearest-name.ts';
import { Malformed } from './text-value.ts';

/** What may stand in braces in the name of a capture file. */
export const placeholders = ['node', 'host', 'interface'] as const;

/**
 * Accepts a relative path that stays inside the output folder on every system: plain characters, no step up,
 * no drive letter, no hidden folder names. Placeholders are replaced by names that obey the same rules.
 */
export function checkFileName(text: string): string | Malformed {
  if (text.length > 200) return new Malformed('a file name has at most 200 characters here');
  if (/^([/\\]|[A-Za-z]:)/.test(text)) return new Malformed(`${quote(text)} is an absolute path`);
  const parts = text.split('/');
  if (parts.includes('..')) return new Malformed(`${quote(text)} leaves the output folder`);
  for (const [whole, name] of text.matchAll(/\{([^}]*)\}/g)) {
    if (placeholders.some((known) => known === name)) continue;
    const nearest = nearestName(name, placeholders);
    const hint = { expected: '{node}, {host} or {interface}', nearest: nearest && `{${nearest}}` };
    return new Malformed(`${quote(whole)} stands for nothing`, hint);
  }
  for (const part of parts) {
    if (!/^[A-Za-z0-9_{}-][A-Za-z0-9_{}.-]*$/.test(part))
      return new Malformed(`${quote(text)} is not a file name`);
  }
  return text;
}
