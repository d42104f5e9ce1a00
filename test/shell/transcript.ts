import { readFileSync } from 'node:fs';

/** One command of a recorded session, with what the real programs answered. */
export interface Step {
  namespace: string;
  command: string;
  stdout: string;
  stderr: string;
  status: number;
}

/** A pause of the recorded session. */
export interface Pause {
  /** Seconds. */
  seconds: number;
}

/**
 * Reads a recorded session: `node$ command` starts a step; the lines after it are `| standard output`,
 * `! standard error` and `= exit status`. `advance S` lets S seconds go by; `#` starts a comment.
 */
export function readTranscript(file: URL): (Step | Pause)[] {
  const items: (Step | Pause)[] = [];
  let step: Step | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const command = /^(\w+)\$ (.*)$/.exec(line);
    const pause = /^advance (.*)$/.exec(line);
    if (command !== null) {
      step = { namespace: command[1], command: command[2], stdout: '', stderr: '', status: 0 };
      items.push(step);
    } else if (pause !== null) items.push({ seconds: Number(pause[1]) });
    else if (line !== '' && !line.startsWith('#')) addAnswer(step!, line);
  }
  return items;
}

function addAnswer(step: Step, line: string): void {
  const text = line.slice(2);
  if (line[0] === '|') step.stdout += `${text}\n`;
  else if (line[0] === '!') step.stderr += `${text}\n`;
  else if (line[0] === '=') step.status = Number(text);
  else throw new Error(`not a line of a transcript: ${line}`);
}
