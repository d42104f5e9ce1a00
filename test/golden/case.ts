import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { parsePortRange } from './compare/options.ts';

/** A name that becomes part of a file name: no path separators, no `..`. */
const fileSafe = z.string().regex(/^(?!\.\.?$)[^/\\\0]+$/, 'must be a plain name without slashes');

const seconds = z.number().min(0).max(1e6);

const hints = z.looseObject({
  eph: z.string().refine(isPortRange, 'must be a port range such as 32768-60999').optional(),
  mask_mac: z.boolean().optional(),
  ignore: z.array(z.string()).optional(),
  skip_frames: z.boolean().optional(),
});

const namespace = z.looseObject({
  name: fileSafe,
  interfaces: z.array(z.looseObject({ name: z.string(), kind: z.string() })).default([]),
  iptables: z.array(z.string()).default([]),
  tc: z.array(z.string()).default([]),
});

const stimulus = z.looseObject({
  /** Seconds since the start of the captures; null for what ran before them. */
  t_s: seconds.nullable(),
  ns: z.string(),
  cmd: z.string(),
  action: z.looseObject({ type: z.string() }).optional(),
  /** Seconds that the program took before it acted, where that was measured. */
  spawn_s: seconds.optional(),
  rc: z.number().int().nullable(),
  stdout: z.string().default(''),
  stderr: z.string().default(''),
  result: z.unknown().optional(),
});

const look = z.looseObject({ t_s: seconds.nullable(), ns: z.string(), cmd: z.string(), output: z.string() });

const capture = z.looseObject({
  ns: fileSafe,
  if: fileSafe,
  file: fileSafe,
  snaplen: z.number().int().min(0).default(0),
  filter: z.string().default(''),
  /** When it was stopped, if before the others. */
  seconds: seconds.optional(),
});

const schema = z.looseObject({
  schema: z.literal('golden-case/1'),
  title: z.string().default(''),
  capture_seconds: seconds,
  /** When the tables were looked at after the run, seconds as `capture_seconds`; undefined: when the captures ended. */
  state_seconds: seconds.optional(),
  /** What the kernel's jiffies stood at when the captures started, in nanoseconds of 4 ms each. */
  jiffy_phase_ns: z.number().min(0).optional(),
  namespaces: z.array(namespace),
  setup_commands: z.array(z.looseObject({ ns: z.string(), cmd: z.string() })),
  servers: z.array(z.looseObject({ ns: z.string(), cmd: z.string() })).default([]),
  stimulus: z.array(stimulus),
  observations: z.looseObject({ looks: z.array(look).default([]) }).prefault({}),
  captures: z.array(capture),
  compare_hints: hints.default({}),
});

export type Stimulus = z.infer<typeof stimulus>;
export type Look = z.infer<typeof look>;
export type CaptureSpec = z.infer<typeof capture>;

/** A golden case: a network, what was done to it, and what a kernel made of it. */
export interface GoldenCase extends z.infer<typeof schema> {
  /** Name of its folder. */
  name: string;
  folder: string;
  /** Wall-clock time of t_s = 0, nanoseconds since 1970: too large for a double, so read from the text. */
  startedEpoch: bigint;
}

/** A case that cannot be read; the message names the file and everything that is wrong with it. */
export class CaseError extends Error {
  override name = 'CaseError';
}

/**
 * Reads `case.json` in a folder.
 * @throws CaseError when there is none or it is malformed
 */
export function readCase(folder: string): GoldenCase {
  const file = join(folder, 'case.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CaseError(`${file}: ${(error as Error).message}`);
  }
  return parseCase(text, folder);
}

/** As `readCase`, from the text of `case.json`. */
export function parseCase(text: string, folder: string): GoldenCase {
  const file = join(folder, 'case.json');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new CaseError(`${file}: not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(data);
  const problems = result.success ? danglingNames(result.data) : describe(result.error);
  const startedEpoch = /"started_epoch_ns"\s*:\s*(\d{1,19})\s*[,}]/.exec(text)?.[1];
  if (startedEpoch === undefined) problems.push('started_epoch_ns: expected nanoseconds as an integer');
  if (!result.success || startedEpoch === undefined || problems.length > 0) {
    throw new CaseError(`${file}: malformed case\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
  const absolute = resolve(folder);
  return { ...result.data, name: basename(absolute), folder: absolute, startedEpoch: BigInt(startedEpoch) };
}

function describe(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.') || 'case'}: ${issue.message}`);
}

/** Names of namespaces that are used but not declared. */
function danglingNames(data: z.infer<typeof schema>): string[] {
  const declared = new Set(data.namespaces.map(({ name }) => name));
  const problems: string[] = [];
  const lists = {
    setup_commands: data.setup_commands,
    servers: data.servers,
    stimulus: data.stimulus,
    captures: data.captures,
  };
  for (const [list, entries] of Object.entries(lists)) {
    entries.forEach(({ ns }, index) => {
      if (!declared.has(ns)) problems.push(`${list}.${index}.ns: no namespace "${ns}" in this case`);
    });
  }
  return problems;
}

function isPortRange(text: string): boolean {
  try {
    parsePortRange(text);
    return true;
  } catch {
    return false;
  }
}
