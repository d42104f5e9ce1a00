import { Composer, type CST, type Document, Lexer, Parser } from 'yaml';
import { limits } from '../limits.ts';
import type { TextProblem } from './text-problem.ts';

export interface ParsedDocument {
  /** Absent when the text is too large, too deep or not text at all. */
  document?: Document.Parsed;
  problems: TextProblem[];
}

/**
 * Parses the YAML of one document. Size and nesting are limited while the text is read, token by token,
 * because the composer recurses: on deeply nested input it exhausts the stack inside V8's regular expression
 * compiler, which ends the process and cannot be caught.
 */
export function parseYaml(text: string): ParsedDocument {
  const unreadable = findUnreadable(text);
  if (unreadable !== undefined) return { problems: [unreadable] };
  const tokens = readTokens(text);
  if (!Array.isArray(tokens)) return { problems: [tokens] };
  // Keys are compared in document-value.ts: the composer's own comparison is quadratic.
  const composer = new Composer({
    uniqueKeys: false,
    strict: true,
    resolveKnownTags: false,
    logLevel: 'error',
  });
  const documents = composer.compose(tokens, true, text.length);
  const document = documents.next().value as Document.Parsed;
  const problems: TextProblem[] = [];
  for (const error of [...document.errors, ...document.warnings]) {
    if (problems.length >= limits.errors) break;
    problems.push({ offset: error.pos[0], message: `not valid YAML: ${error.message}` });
  }
  if (document.directives.yaml.version !== '1.2') {
    const message = `YAML ${document.directives.yaml.version} is not read`;
    problems.push({ offset: 0, message, expected: 'YAML 1.2, or no %YAML line' });
  }
  const second = documents.next();
  if (!second.done) {
    const offset = (second.value as Document.Parsed).range[0];
    problems.push({ offset, message: 'a second document begins', expected: 'one scenario in a file' });
  }
  return { document, problems };
}

/** Reads all tokens, or says which limit the text breaks. */
function readTokens(text: string): CST.Token[] | TextProblem {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > limits.nesting) {
      return { offset: parser.offset, message: `nested more than ${limits.nesting} levels deep` };
    }
    if (++lexemes > limits.tokens) {
      return { offset: parser.offset, message: `more than ${limits.tokens} words and signs in one file` };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function findUnreadable(text: string): TextProblem | undefined {
  if (text.length > limits.fileLength) {
    const expected = `at most ${limits.fileLength} characters`;
    return { offset: 0, message: `the file has ${text.length} characters`, expected };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const offset = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/);
  if (offset < 0) return undefined;
  const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
  const what = code === 'FFFD' ? 'bytes that are not UTF-8' : `the control character U+${code}`;
  return { offset, message: `the file holds ${what}`, expected: 'text in UTF-8' };
}
