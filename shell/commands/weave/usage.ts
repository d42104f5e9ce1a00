import { CommandFailure } from '../../failure.ts';

/** What podwire has of the script. */
export const USAGE = `\
Usage:

weave --help | help
      version

weave prime

weave connect       [--replace] [<peer> ...]
      forget        <peer> ...

weave expose        [<addr> ...] [-h <fqdn>]
      hide          [net:<cidr> ...]

weave status        [targets | connections | peers | dns | ipam]
      report
      ps            [<container_id> ...]

weave reset         [--force]
      rmpeer        <peer_id> ...

where <peer>     = <ip_address>[:<port>]
      <cidr>     = <ip_address>/<routing_prefix_length>
      <addr>     = [ip:]<cidr> | net:<cidr> | net:default
      <peer_id>  = <nickname> | <weave internal peer ID>
`;

/** @param message what is wrong, with its final newline */
export function usage(message = ''): CommandFailure {
  return new CommandFailure(message + USAGE, 1);
}
