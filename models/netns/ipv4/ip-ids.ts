/**
 * IP identifications: each namespace counts up from one drawn at random, and leaves 0 out. By the places of the
 * namespaces in one array: a sender whose path is known need not fetch its namespace.
 */
export class IpIds {
  /** The one handed out last, 0 when none was. */
  private last = new Uint16Array(64);

  /** Whether `begin` was called for a namespace. */
  hasBegun(namespace: number): boolean {
    return namespace < this.last.length && this.last[namespace] !== 0;
  }

  /** @param id the one before the first that will be handed out, from 1 to 65,535 */
  begin(namespace: number, id: number): void {
    if (namespace >= this.last.length) {
      const last = new Uint16Array(Math.max(namespace + 1, 2 * this.last.length));
      last.set(this.last);
      this.last = last;
    }
    this.last[namespace] = id;
  }

  next(namespace: number): number {
    const last = this.last[namespace];
    const id = last === 0xffff ? 1 : last + 1;
    this.last[namespace] = id;
    return id;
  }

  /** The identification handed out last was not used after all. */
  takeBack(namespace: number): void {
    const id = this.last[namespace];
    this.last[namespace] = id === 1 ? 0xffff : id - 1;
  }
}
