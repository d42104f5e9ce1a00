import type { Command } from '../command.ts';
import { CommandFailure, NotSupported } from '../failure.ts';

const SWITCH_OFFLOADS = new Set(['-K', '--features', '--offload']);

/**
 * ethtool(8) as far as `-K DEVICE FEATURE on|off ...`: simulated interfaces have no offloads, every frame is
 * what the wire carries, so that there is nothing to switch.
 */
export const ethtool: Command = (context, words) => {
  const [option, device, ...settings] = words;
  if (!SWITCH_OFFLOADS.has(option)) throw new NotSupported('ethtool', option ?? 'showing a device');
  if (device === undefined || settings.length === 0 || settings.length % 2 === 1) {
    throw new CommandFailure(
      'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n',
      1,
    );
  }
  if (context.namespace.link(device) === undefined) {
    throw new CommandFailure('Cannot get device feature names: No such device\n', 1);
  }
  return 0;
};
