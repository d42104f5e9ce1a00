import { WEAVE_VERSION } from '../../../models/weave/weaver-status.ts';
import type { Command } from '../../command.ts';
import { NotSupported } from '../../failure.ts';
import { expose, hide } from './expose.ts';
import { connect, forget, rmpeer } from './peers.ts';
import { prime } from './prime.ts';
import { ps } from './ps.ts';
import { report } from './report.ts';
import { reset } from './reset.ts';
import { status } from './status.ts';
import { USAGE, usage } from './usage.ts';

const help: Command = ({ stderr }) => {
  stderr.write(USAGE);
  return 0;
};

const version: Command = ({ stdout }) => {
  stdout.write(`weave script ${WEAVE_VERSION}\nweave ${WEAVE_VERSION}\n`);
  return 0;
};

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['--help', help],
  ['help', help],
  ['version', version],
  ['connect', connect],
  ['forget', forget],
  ['status', status],
  ['report', report],
  ['ps', ps],
  ['expose', expose],
  ['hide', hide],
  ['prime', prime],
  ['rmpeer', rmpeer],
  ['reset', reset],
]);

/** Commands of the script that need Docker, DNS, or a router that is not there yet. */
const NOT_HERE = new Set(
  [
    'setup',
    'launch',
    'launch-router',
    'launch-proxy',
    'launch-plugin',
    'env',
    'config',
    'dns-args',
    'run',
  ].concat(
    ['start', 'attach', 'detach', 'restart', 'dns-add', 'dns-remove', 'dns-lookup'],
    ['stop', 'stop-router', 'stop-proxy', 'stop-plugin'],
  ),
);

/** The script `weave` of Weave Net 2.8: what it asks of the router that runs on this host. */
export const weave: Command = (context, [name, ...words]) => {
  if (name === undefined) throw usage();
  const command = COMMANDS.get(name);
  if (command !== undefined) return command(context, words);
  if (NOT_HERE.has(name)) throw new NotSupported('weave', name);
  throw usage(`Unknown weave command '${name}'\n`);
};
