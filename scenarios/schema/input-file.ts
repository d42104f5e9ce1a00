import { quote } from '../diagnostic.ts';
import { Malformed, textValue } from './text-value.ts';

/** A file that a scenario reads. */
export const inputFile = textValue<string>({
  id: 'InputFile',
  type: 'string',
  expected: 'the path of a file, counted from the folder of the scenario, such as sizes.csv',
  parse: (text) =>
    text === '' || text.length > 1000 || text.includes('\0')
      ? new Malformed(`${quote(text)} is not the path of a file`)
      : text,
  print: (path) => path,
});
