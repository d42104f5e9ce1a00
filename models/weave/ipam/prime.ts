import type { IpamError } from './ipam-error.ts';
import { AnsweredOperation, type OperationContext } from './operation.ts';

/** Waits until there is a ring, and has one made (Weave: `prime`). It is never refused. */
export class Prime extends AnsweredOperation<null> {
  protected readonly kind = 'Prime';

  constructor(context: OperationContext, done: (result: null | IpamError) => void) {
    super(context, '', done);
  }

  override cancel(): void {
    this.finish(null);
  }

  protected attempt(): boolean {
    if (this.context.ring.isEmpty) {
      this.context.establishRing();
      return false;
    }
    this.finish(null);
    return true;
  }
}
