import { z } from 'zod';
import { inputFile } from './input-file.ts';
import { section } from './section.ts';
import { messageSize } from './traffic-tcp.ts';

const logNormal = section({
  mean: messageSize.describe('Mean of the sizes. A size.'),
  sigma: z
    .number()
    .min(0)
    .max(5)
    .prefault(1)
    .describe('Deviation of their logarithm: 1 is a long tail, 2 a very long one. Default 1.'),
});

const fromFile = section({
  file: inputFile.describe(
    'A size a line; more columns have a line of names. A path from the folder of the scenario.',
  ),
  column: z
    .string()
    .optional()
    .describe('Name of the column, of a file with a line of names. Default: the first column.'),
});

const drawn = section({
  uniform: z
    .tuple([messageSize, messageSize])
    .optional()
    .describe('Equally likely from the first to the last.'),
  exponential: messageSize.optional().describe('Exponential with this mean.'),
  log_normal: logNormal.optional().describe('Log-normal: many small ones and a few large ones.'),
  choice: z.array(messageSize).min(1).max(1000).optional().describe('One of these, each equally likely.'),
  from: fromFile.optional().describe('One of those in a file, each equally likely.'),
}).superRefine((size, context) => {
  if (Object.values(size).filter((value) => value !== undefined).length === 1) return;
  const params = { expected: 'one of uniform, exponential, log_normal, choice, from' };
  context.addIssue({ code: 'custom', message: 'not one way to draw a size', params });
});

/** The size of messages: fixed or drawn. */
export const drawnMessageSize = z.union([messageSize, drawn]);
