import { z } from 'zod';
import { flowName } from '../../scenarios/schema/names.ts';
import { section } from '../../scenarios/schema/section.ts';

const scale = z.enum(['linear', 'log']);

/** `figure`: what a study's picture shows. */
export const figureSection = section({
  title: z.string().max(200).optional().describe('What stands above it. Default: the title of the study.'),
  x: flowName.describe('The parameter along the horizontal axis.'),
  y: z
    .array(z.string())
    .min(1)
    .max(6)
    .describe('The figures drawn, with a line for each value of the other parameters.'),
  x_label: z.string().max(100).optional().describe('Words at the horizontal axis. Default: the name of x.'),
  y_label: z.string().max(100).optional().describe('Words at the vertical axis. Default: the names of y.'),
  x_scale: scale.prefault('linear').describe('Scale of the horizontal axis. Default linear.'),
  y_scale: scale.prefault('linear').describe('Scale of the vertical axis. Default linear.'),
});

export type FigureSection = z.output<typeof figureSection>;
