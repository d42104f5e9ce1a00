import type { Operation } from './operation.ts';

/** Operations that wait to be tried again, in the order in which they were asked for. */
export class OperationQueue<O extends Operation> {
  private operations: O[] = [];

  get pending(): readonly O[] {
    return this.operations;
  }

  get isEmpty(): boolean {
    return this.operations.length === 0;
  }

  /** Has it wait, untried. */
  add(operation: O): void {
    this.operations.push(operation);
  }

  /** Tries all of them; those that are done with go. */
  tryAll(): void {
    this.operations = this.operations.filter((operation) => !operation.try());
  }

  /** Takes those out that `which` says yes to. */
  remove(which: (operation: O) => boolean): void {
    this.operations = this.operations.filter((operation) => !which(operation));
  }

  cancelAll(): void {
    for (const operation of this.operations) operation.cancel();
    this.operations = [];
  }
}
