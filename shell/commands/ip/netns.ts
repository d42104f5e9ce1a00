import type { CommandOutcome } from '../../command.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, keywordOf, usageError } from '../iproute2/arguments.ts';
import { Entry } from '../iproute2/entry.ts';
import { enterNamespace, namespaceIds } from '../iproute2/namespace-lookup.ts';
import { print } from '../iproute2/output.ts';
import type { IpContext } from './context.ts';

/** `ip netns`: every namespace of the simulated world has its name in /run/netns. */
export function ipNetns(context: IpContext, words: Arguments): CommandOutcome {
  const command = words.done ? 'list' : words.next();
  const keywords = [
    'list',
    'show',
    'lst',
    'list-id',
    'help',
    'add',
    'set',
    'delete',
    'identify',
    'pids',
    'exec',
    'monitor',
    'attach',
  ] as const;
  const keyword = keywordOf(command, keywords);
  switch (keyword) {
    case 'list':
    case 'show':
    case 'lst':
      return list(context);
    case 'add':
      return add(context, words);
    case 'delete':
      return remove(context, words);
    case 'exec':
      return execute(context, words);
    case 'help':
      throw new CommandFailure(
        'Usage: ip netns { list | add NAME | delete NAME | exec NAME cmd ... }\n',
        255,
      );
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "ip netns help".`);
  }
  throw new NotSupported('ip', `"ip netns ${keyword}"`);
}

function list({ network, namespace, stdout, options }: IpContext): number {
  const ids = namespaceIds(namespace);
  const entries = network.namespaces().map(({ name }) => {
    const entry = new Entry().field('name', name, name);
    const id = ids.get(name);
    return id === undefined ? entry : entry.field('id', id, ` (id: ${id})`);
  });
  print(stdout, options, entries);
  return 0;
}

function nameOf(words: Arguments): string {
  if (words.done) throw new CommandFailure('No netns name specified\n', 1);
  const name = words.next();
  if (name.includes('/') || name === '.' || name === '..') throw usageError(`Invalid netns name "${name}"`);
  return name;
}

function add({ network }: IpContext, words: Arguments): number {
  const name = nameOf(words);
  if (network.namespace(name) !== undefined) {
    throw new CommandFailure(`Cannot create namespace file "/run/netns/${name}": File exists\n`, 1);
  }
  network.addNamespace(name);
  return 0;
}

function remove({ network }: IpContext, words: Arguments): number {
  const name = nameOf(words);
  if (network.namespace(name) === undefined) {
    throw new CommandFailure(
      `Cannot remove namespace file "/run/netns/${name}": No such file or directory\n`,
      1,
    );
  }
  network.removeNamespace(name);
  return 0;
}

/** `ip netns exec NAME command ...` */
function execute(context: IpContext, words: Arguments): CommandOutcome {
  if (words.done) throw new CommandFailure('No netns name specified\n', 1);
  const name = words.next();
  if (words.done) throw new CommandFailure('No command specified\n', 1);
  const namespace = enterNamespace(context.network, name);
  const command = words.rest();
  const outcome = context.execute(namespace, command);
  if (outcome === undefined) {
    throw new CommandFailure(`exec of "${command[0]}" failed: No such file or directory\n`, 1);
  }
  return outcome;
}
