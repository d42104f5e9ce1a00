import { describe, expect, it } from 'vitest';
import { UnreadableFile } from '../../scenarios/input/input-files.ts';
import { runJob } from '../../study/run-job.ts';
import { scenarioDigest } from '../../study/run-key.ts';
import { load, loadValid, SCENARIO, STUDY } from './study-file.ts';

const WITH_TRACE = `${SCENARIO}  replay: { kind: trace, file: a.csv }
`;
const TRACE = 'time,src,dst,bytes\n0.001,pod/web-0,pod/web-1,5000\n';

/** Reads nothing but `a.csv`, and notes what it was asked for. */
function reader(text: string) {
  const asked: string[] = [];
  const readFile = (name: string) => {
    asked.push(name);
    return name === 'a.csv' ? text : new UnreadableFile(`there is no ${name}`);
  };
  return { asked, readFile };
}

describe('a study of a scenario that reads files', () => {
  it('reads each once, and hands them to its runs', async () => {
    const { asked, readFile } = reader(TRACE);
    const { points, scenarioText } = loadValid(STUDY, WITH_TRACE, readFile);
    expect(asked).toEqual(['a.csv']);
    expect(points.map((point) => point.files)).toEqual(points.map(() => ({ 'a.csv': TRACE })));
    const [{ settings, files: given }] = points;
    const job = { key: 'x', scenarioText, files: given, settings, seed: 1, seriesEvery: null, pilot: false };
    const { metrics } = await runJob(job);
    expect(metrics['replay.received']).toBe(1);
  });

  it('knows its runs by what is in the files too', () => {
    const digestWith = (text: string) => {
      const [{ scenario, files }] = loadValid(STUDY, WITH_TRACE, reader(text).readFile).points;
      return scenarioDigest(scenario, files);
    };
    expect(digestWith(TRACE)).toBe(digestWith(TRACE));
    expect(digestWith(TRACE)).not.toBe(digestWith(TRACE.replace('5000', '5001')));
  });

  it('says where a file is missing', () => {
    const { errors = [] } = load(STUDY, WITH_TRACE.replace('a.csv', 'b.csv'), reader(TRACE).readFile);
    expect(errors.map(({ message }) => message).join()).toContain('there is no b.csv');
  });
});
