/** Why a name or pattern refers to nothing. */
export class NoMatch {
  constructor(
    readonly message: string,
    /** Finds the valid name that was meant most likely. */
    readonly findNearest: () => string | undefined = () => undefined,
  ) {}

  /** The same with the nearest name written the way in which it was asked for. */
  rewrite(write: (nearest: string) => string): NoMatch {
    return new NoMatch(this.message, () => {
      const nearest = this.findNearest();
      return nearest === undefined ? undefined : write(nearest);
    });
  }
}
