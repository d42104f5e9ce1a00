import type { Command } from '../command.ts';
import { FileError } from '../file-tree.ts';

/** cat(1) of coreutils, without options: files, or standard input for none and for `-`. */
export const cat: Command = (context, words) => {
  let status = 0;
  for (const path of words.length === 0 ? ['-'] : words) {
    try {
      context.stdout.write(path === '-' ? context.stdin : context.files.read(path));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      context.stderr.write(`cat: ${path}: ${error.message}\n`);
      status = 1;
    }
  }
  return status;
};
