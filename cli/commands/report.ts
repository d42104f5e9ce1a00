import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { mainFigure } from '../../report/chart/study-charts.ts';
import { renderSvgChart } from '../../report/chart/svg-chart.ts';
import { renderPage } from '../../report/page/page.ts';
import { drawingOfStudy } from '../../report/study/study-drawing.ts';
import { renderStudyText } from '../../report/study/study-text.ts';
import { pointTable } from '../../study/results/point-table.ts';
import { readResults, type StudyResults, UnreadableResults } from '../../study/results/read-results.ts';
import { readRun } from '../../study/results/read-run.ts';
import { MANIFEST_FILE } from '../../study/results/result-files.ts';
import { studyJson } from '../../study/results/study-json.ts';
import { csv } from '../../study/results/table.ts';
import { writeWhole } from '../../study/results/write-whole.ts';
import { CommandError, isSystemError, systemErrorText } from '../command-error.ts';
import type { Io } from '../io.ts';
import { RESULTS_FILE } from '../output-folder.ts';
import { linewiseJson } from '../results-text.ts';

interface ReportOptions {
  html?: string;
  figure?: string;
  json?: boolean;
  csv?: boolean;
}

const PAGE_FILE = 'report.html';

/** `podwire report DIR`: the results of a study or a run as text and as a page. */
export function addReportCommand(program: Command, io: Io): void {
  program
    .command('report')
    .description('show the results of a study or of a run: text on stdout, and a page with charts')
    .argument('<DIR>', 'folder that podwire study or podwire run has written')
    .option('--html <FILE>', `the page (default: ${PAGE_FILE} in the folder)`, parseFile)
    .option('--figure <FILE>', "the study's figure alone, as SVG", parseFile)
    .addOption(
      new Option('--json', 'print the figures as JSON; no page unless --html asks for it').conflicts('csv'),
    )
    .option('--csv', 'print a line for each point as CSV; no page unless --html asks for it')
    .action((folder: string, options: ReportOptions) => report(folder, options, io));
}

function parseFile(text: string): string {
  if (text === '') throw new InvalidArgumentError('Expected a file.');
  return text;
}

function report(shown: string, options: ReportOptions, io: Io): void {
  const results = read(resolve(io.cwd, shown), shown);
  const wanted =
    options.json || options.csv || options.figure ? options.html : (options.html ?? join(shown, PAGE_FILE));
  if (options.json) io.stdout.write(linewiseJson(studyJson(results)));
  else if (options.csv) io.stdout.write(csv(pointTable(results)));
  else {
    const { colors, columns: width } = io.stdout;
    io.stdout.write(renderStudyText(results, { colors, width }));
  }
  if (wanted !== undefined) {
    write(wanted, renderPage(results, drawingOfStudy(results.manifest)), io);
    io.stderr.write(`wrote ${wanted}: open it in a browser\n`);
  }
  if (options.figure === undefined) return;
  const figure = mainFigure(results);
  if (figure === undefined)
    throw new CommandError('the results of a single run have no figure: nothing is varied');
  write(options.figure, renderSvgChart(figure), io);
  io.stderr.write(`wrote ${options.figure}\n`);
}

function read(folder: string, shown: string): StudyResults {
  try {
    if (existsSync(join(folder, MANIFEST_FILE))) return readResults(folder);
    if (existsSync(join(folder, RESULTS_FILE))) return readRun(join(folder, RESULTS_FILE));
  } catch (error) {
    if (error instanceof UnreadableResults) throw new CommandError(`${shown}: ${error.message}`);
    if (isSystemError(error)) throw new CommandError(`cannot read ${shown}: ${systemErrorText(error)}`);
    throw error;
  }
  throw new CommandError(
    `${shown} holds no results: neither ${MANIFEST_FILE} of a study nor ${RESULTS_FILE} of a run is there`,
  );
}

function write(file: string, content: string, io: Io): void {
  try {
    writeWhole(resolve(io.cwd, file), content);
  } catch (error) {
    throw new CommandError(`cannot write ${file}: ${systemErrorText(error)}`);
  }
}
