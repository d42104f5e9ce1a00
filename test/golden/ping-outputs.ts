import { existsSync, readFileSync } from 'node:fs';

/** A command in one place, and what it printed. */
export interface PingOutput {
  /** As the prompt has it. */
  where: string;
  /** Empty when only the output was kept. */
  command: string;
  output: string;
}

/** `pod$ command` on a line of its own, and what it printed; or `node-1$ ` with the output alone. */
export function readPingOutputs(file: string): PingOutput[] {
  if (!existsSync(file)) return [];
  const sections = readFileSync(file, 'utf8').split(/^(?=[\w.-]+\$ )/m);
  return sections.map((section) => {
    const [, where, rest] = /^([\w.-]+)\$ (.*)$/s.exec(section) ?? ['', '', section];
    const end = rest.startsWith('PING ') ? 0 : rest.indexOf('\n') + 1;
    return { where, command: rest.slice(0, end).trimEnd(), output: `${rest.slice(end).trimEnd()}\n` };
  });
}
