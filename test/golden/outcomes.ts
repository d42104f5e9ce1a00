import type { OutputDifference } from './outputs.ts';
import { compareText } from './outputs.ts';
import type { StimulusOutcome } from './simulate-case.ts';
import { type MaskContext, maskJson, maskText } from './state-masks.ts';
import { awakeCommand } from './stimulus.ts';

/** An outcome in the shape of a `stimulus` of case.json. */
export function outcomeRecord({ stimulus, startedAt, took, outcome }: StimulusOutcome): object {
  const { ns, cmd, action } = stimulus;
  return {
    t_s: stimulus.t_s === null ? null : startedAt,
    ns,
    cmd,
    ...(action === undefined ? {} : { action }),
    took_s: took,
    ...outcome,
  };
}

/** How a stimulus ended otherwise than on a kernel: exit status, what it printed, its result as data. */
export function compareOutcome(run: StimulusOutcome, context: MaskContext): OutputDifference[] {
  const { stimulus, outcome, unsupported } = run;
  // one without a status was not written down
  if (unsupported.length > 0 || stimulus.rc === null) return [];
  const where = `${stimulus.ns} at ${stimulus.t_s} s: ${stimulus.cmd}`;
  const mask = (text: string) => maskText(awakeCommand(stimulus), text, context);
  const pairs: [part: string, golden: string, candidate: string][] = [
    ['status', String(stimulus.rc), String(outcome.rc)],
    ['stdout', mask(stimulus.stdout), mask(outcome.stdout)],
    ['stderr', mask(stimulus.stderr), mask(outcome.stderr)],
  ];
  if (stimulus.result !== undefined) {
    pairs.push(['result', resultText(stimulus.result, context), resultText(outcome.result, context)]);
  }
  return pairs.flatMap(([part, golden, candidate]) => {
    const difference = compareText(`${where} (${part})`, golden, candidate);
    return difference === undefined ? [] : [difference];
  });
}

const MEASURED = new Set(['connect_s', 'after_s', 'seconds', 'goodput_bps']);

/** The result on one line, measured times left out. */
function resultText(result: unknown, context: MaskContext): string {
  return JSON.stringify(maskJson(result ?? null, context), (key, value) => (MEASURED.has(key) ? 'T' : value));
}
