/** How a call of iptables can fail, with xtables' exit statuses. */
const STATUS = { plain: 1, absent: 1, parameter: 2, argument: 2, help: 2, version: 3, kernel: 4 } as const;

/**
 * What iptables answers instead of doing what it was told. The text that comes of it depends on the program
 * (`iptables`, `iptables-restore`), which is why it is made by `errorText`.
 */
export class XtablesError extends Error {
  constructor(
    readonly kind: keyof typeof STATUS,
    message: string,
  ) {
    super(message);
    this.name = 'XtablesError';
  }

  get status(): number {
    return STATUS[this.kind];
  }
}

/** PARAMETER_PROBLEM of xtables: the line is wrong. */
export function parameterProblem(message: string): XtablesError {
  return new XtablesError('parameter', message);
}

/** A refusal of a command as a whole, as nft_strerror words it. */
export function refusal(message: string): XtablesError {
  return new XtablesError('plain', message);
}

/** `iptables-restore` and the number of the line that it has reached. */
export interface Where {
  program: 'iptables' | 'iptables-restore';
  version: string;
  line?: number;
}

/** All that is written to standard error, with the final newline. */
export function errorText(error: XtablesError, { program, version, line }: Where): string {
  const { kind, message } = error;
  const intro = `${program} ${version}: `;
  const place = line === undefined ? '' : `Error occurred at line: ${line}\n`;
  const hint = `${place}Try \`${program} -h' or '${program} --help' for more information.\n`;
  switch (kind) {
    case 'plain':
      return line === undefined
        ? `${program}: ${message}\n`
        : `${program}: line ${line} failed: ${message}\n`;
    case 'absent':
      return `${intro}${message}\n`;
    case 'kernel':
      return line === undefined ? `${intro} ${message}\n` : `${intro}\nline ${line}: ${message}\n`;
    case 'version':
      return `${intro}${message}\nPerhaps ${program} or your kernel needs to be upgraded.\n`;
    case 'argument':
      return `Bad argument \`${message}'\n${hint}`;
    case 'help':
      return hint;
    case 'parameter':
      return `${intro}${message}\n${hint}`;
  }
}
