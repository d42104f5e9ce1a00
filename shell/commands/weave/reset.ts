import type { NetworkNamespace } from '../../../models/netns/network-namespace.ts';
import { Program } from '../../../models/traffic/program.ts';
import { resetHost } from '../../../models/weave/bridge/reset-host.ts';
import { Weaver } from '../../../models/weave/weaver.ts';
import type { Command } from '../../command.ts';
import { runProgram } from '../../run-program.ts';
import { usage } from './usage.ts';

/** Nanoseconds in which other peers hear that this one leaves. */
const FAREWELL = 500e6;

/** `weave reset [--force]`: the router leaves its addresses to another peer and ends; its bridge and rules go. */
export const reset: Command = (context, words) => {
  if (words.length > 1 || (words.length === 1 && words[0] !== '--force')) throw usage();
  const router = words.length === 0 ? context.namespace.services.find(Weaver) : undefined;
  if (router !== undefined) return runProgram(context, new Reset(context.namespace, router));
  resetNow(context.namespace);
  return 0;
};

function resetNow(namespace: NetworkNamespace): void {
  namespace.services.find(Weaver)?.stop();
  resetHost(namespace);
}

/** The router has time to say farewell. */
class Reset extends Program {
  private hasLeft = false;

  constructor(
    namespace: NetworkNamespace,
    private readonly router: Weaver,
  ) {
    super(namespace);
  }

  override interrupt(): void {
    this.finish(130);
  }

  protected override wake(): void {
    if (this.hasLeft) {
      resetNow(this.namespace);
      this.finish(0);
      return;
    }
    this.hasLeft = true;
    this.router.allocator.shutdown();
    this.sleepUntil(this.simulation.now + FAREWELL);
  }
}
