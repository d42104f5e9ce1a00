/**
 * What is woken up by others who have been woken up together (Go: a run queue). It runs when all of those have run,
 * since they were ready before; what is woken up at another time runs at once.
 */
export class ReadyQueue {
  private ready: (() => void)[] | null = null;

  /** Does it, now or when those are done who have been woken up. */
  add(action: () => void): void {
    if (this.ready === null) action();
    else this.ready.push(action);
  }

  /** Wakes all of these up. */
  wake(actions: readonly (() => void)[]): void {
    this.ready = [];
    for (const action of actions) action();
    const { ready } = this;
    this.ready = null;
    for (const action of ready) action();
  }
}
