import type { CommandContext } from '../../command.ts';
import type { Options } from '../iproute2/options.ts';

/**
 * What a subcommand of `ip` works with: the world, with `-n` already applied, and the options before the
 * object.
 */
export interface IpContext extends CommandContext {
  readonly options: Options;
}
