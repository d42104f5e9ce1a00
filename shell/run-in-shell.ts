import type { NetworkNamespace } from '../models/netns/network-namespace.ts';
import type { RunCommand } from '../scenarios/builder/schedule-events.ts';
import { Shell } from './shell.ts';

/** Runs the command lines of `run:` events in the shell of the namespace that they name. */
export const runInShell: RunCommand = (namespace: NetworkNamespace, line: string, onExit) => {
  new Shell(namespace.network, namespace).start(line, { onExit });
};
