import { CommandFailure, NotSupported } from './failure.ts';

/** A stretch of a word: text as it stands, or the value of a parameter such as `?` or `HOME`. */
type WordPart = { text: string; quoted: boolean } | { parameter: string; quoted: boolean };

/** One word before its parameters are put in. */
export type Word = WordPart[];

/** `n>file`, `n>>file`, `n<file` or, with `duplicate`, `n>&m`. */
export interface Redirection {
  descriptor: number;
  kind: 'write' | 'append' | 'read' | 'duplicate';
  target: Word;
}

export interface SimpleCommand {
  words: Word[];
  redirections: Redirection[];
}

/** Commands joined by `|`; `negated` by a leading `!`. */
export interface Pipeline {
  negated: boolean;
  commands: SimpleCommand[];
}

/** Pipelines joined by `&&` and `||`; the first one's operator is `;`. */
export interface AndOrItem {
  operator: ';' | '&&' | '||';
  pipeline: Pipeline;
}

const OPERATORS = ['&&', '||', ';;', '>>', '<<', '>&', '<&', '>', '<', '|', ';', '&', '(', ')', '\n'];
const RESERVED = new Set(['if', 'for', 'while', 'until', 'case', '{', 'function']);

type Token = { operator: string; descriptor?: number } | { word: Word };

/**
 * Reads a line of the language of sh(1): commands with their redirections, joined by `;`, `&&`, `||` and `|`.
 * Compound commands, background jobs, assignments, here-documents and command substitution are refused.
 * @throws CommandFailure with sh's syntax error and status 2
 */
export function parseLine(line: string): AndOrItem[] {
  return new LineParser(tokenize(line)).list();
}

function syntaxError(what: string): CommandFailure {
  return new CommandFailure(`sh: 1: Syntax error: ${what}\n`, 2);
}

class LineParser {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  list(): AndOrItem[] {
    const items: AndOrItem[] = [];
    let operator: AndOrItem['operator'] = ';';
    while (this.position < this.tokens.length || operator !== ';') {
      if (operator === ';' && this.accept('\n')) continue;
      items.push({ operator, pipeline: this.pipeline() });
      operator = this.separator();
    }
    return items;
  }

  private separator(): AndOrItem['operator'] {
    if (this.accept('&&')) return '&&';
    if (this.accept('||')) return '||';
    if (this.position < this.tokens.length && !this.accept(';') && !this.accept('\n')) this.unexpected();
    return ';';
  }

  private pipeline(): Pipeline {
    while (this.accept('\n')); // sh lets a command follow && and || on the next line
    const negated = this.acceptWord('!');
    const commands = [this.command()];
    while (this.accept('|')) commands.push(this.command());
    return { negated, commands };
  }

  private command(): SimpleCommand {
    const command: SimpleCommand = { words: [], redirections: [] };
    for (;;) {
      const token = this.tokens[this.position];
      if (token === undefined) break;
      if ('word' in token) {
        if (command.words.length === 0) refuseCompound(token.word);
        command.words.push(token.word);
        this.position++;
      } else if (/^[<>]/.test(token.operator)) {
        command.redirections.push(this.redirection(token));
      } else break;
    }
    if (command.words.length === 0 && command.redirections.length === 0) this.unexpected();
    return command;
  }

  private redirection(token: { operator: string; descriptor?: number }): Redirection {
    this.position++;
    const target = this.tokens[this.position];
    if (target === undefined || !('word' in target)) this.unexpected();
    this.position++;
    const { operator } = token;
    if (operator === '<<') throw new NotSupported('sh', 'a here-document');
    const descriptor = token.descriptor ?? (operator[0] === '<' ? 0 : 1);
    if (operator === '>&' || operator === '<&') return { descriptor, kind: 'duplicate', target: target.word };
    const kind = operator === '<' ? 'read' : operator === '>' ? 'write' : 'append';
    return { descriptor, kind, target: target.word };
  }

  private accept(operator: string): boolean {
    const token = this.tokens[this.position];
    if (token === undefined || !('operator' in token) || token.operator !== operator) return false;
    this.position++;
    return true;
  }

  private acceptWord(text: string): boolean {
    const token = this.tokens[this.position];
    if (token === undefined || !('word' in token) || plainText(token.word) !== text) return false;
    this.position++;
    return true;
  }

  private unexpected(): never {
    const token = this.tokens[this.position];
    if (token === undefined) throw syntaxError('end of file unexpected');
    if ('word' in token) throw syntaxError('word unexpected');
    if (token.operator === '(') throw new NotSupported('sh', 'a subshell or function');
    if (token.operator === '&') throw new NotSupported('sh', 'a background job');
    throw syntaxError(token.operator === '\n' ? 'newline unexpected' : `"${token.operator}" unexpected`);
  }
}

/** The text of a word without quotes and parameters; undefined for any other. */
function plainText(word: Word): string | undefined {
  const [part] = word;
  return word.length === 1 && 'text' in part && !part.quoted ? part.text : undefined;
}

function refuseCompound(word: Word): void {
  const text = plainText(word);
  if (text === undefined) return;
  if (RESERVED.has(text)) throw new NotSupported('sh', `the compound command "${text}"`);
  if (/^[A-Za-z_]\w*=/.test(text)) throw new NotSupported('sh', 'a variable assignment');
}

function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const blank = /^(?:[ \t]|\\\n)+/.exec(rest) ?? /^#[^\n]*/.exec(rest);
    if (blank !== null) {
      at += blank[0].length;
      continue;
    }
    const descriptor = /^\d(?=[<>])/.exec(rest)?.[0];
    const operator = OPERATORS.find((text) => rest.startsWith(text, descriptor === undefined ? 0 : 1));
    if (operator !== undefined) {
      tokens.push(descriptor === undefined ? { operator } : { operator, descriptor: Number(descriptor) });
      at += operator.length + (descriptor?.length ?? 0);
      continue;
    }
    const scanner = new WordScanner(line, at);
    tokens.push({ word: scanner.scan() });
    at = scanner.at;
  }
  return tokens;
}

/** Reads one word with its quotes. */
class WordScanner {
  private readonly word: Word = [];

  constructor(
    private readonly line: string,
    public at: number,
  ) {}

  scan(): Word {
    while (this.at < this.line.length && !/[\s;&|<>()]/.test(this.line[this.at])) {
      const character = this.line[this.at];
      if (character === "'") this.singleQuoted();
      else if (character === '"') this.doubleQuoted();
      else if (character === '\\') this.escaped();
      else if (character === '$' || character === '`') this.parameter(false);
      else {
        this.add(character, false);
        this.at++;
      }
    }
    return this.word;
  }

  private add(text: string, quoted: boolean): void {
    const last = this.word.at(-1);
    if (last !== undefined && 'text' in last && last.quoted === quoted) last.text += text;
    else this.word.push({ text, quoted });
  }

  private singleQuoted(): void {
    const end = this.line.indexOf("'", this.at + 1);
    if (end < 0) throw syntaxError('Unterminated quoted string');
    this.add(this.line.slice(this.at + 1, end), true);
    this.at = end + 1;
  }

  private doubleQuoted(): void {
    this.add('', true);
    this.at++;
    while (this.line[this.at] !== '"') {
      const character = this.line[this.at];
      if (character === undefined) throw syntaxError('Unterminated quoted string');
      if (character === '$' || character === '`') {
        this.parameter(true);
        continue;
      }
      const escaped = character === '\\' ? this.line[this.at + 1] : undefined;
      if (escaped !== undefined && '$`"\\'.includes(escaped)) this.at++;
      this.add(this.line[this.at], true);
      this.at++;
    }
    this.at++;
  }

  private escaped(): void {
    const next = this.line[this.at + 1];
    this.at += 2;
    if (next !== '\n') this.add(next ?? '\\', true);
  }

  private parameter(quoted: boolean): void {
    const rest = this.line.slice(this.at);
    if (rest.startsWith('`') || rest.startsWith('$(')) throw new NotSupported('sh', 'command substitution');
    const match = /^\$(?:(\w+|\?)|\{(\w+|\?)\})/.exec(rest);
    if (match === null) {
      if (rest.startsWith('${')) throw new NotSupported('sh', 'a parameter expansion with an operator');
      this.add('$', quoted);
      this.at++;
      return;
    }
    this.word.push({ parameter: match[1] ?? match[2], quoted });
    this.at += match[0].length;
  }
}
