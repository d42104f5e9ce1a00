/**
 * Programs of a host that others on it ask for things: what stands for their sockets on the loopback address (Weave's
 * 127.0.0.1:6784). A program is here from its start to its end; who looks for it in vain would have been refused the
 * connection.
 */
export class HostServices {
  private readonly programs: object[] = [];

  offer(program: object): void {
    this.programs.push(program);
  }

  withdraw(program: object): void {
    const place = this.programs.indexOf(program);
    if (place >= 0) this.programs.splice(place, 1);
  }

  /** The program of a kind that has run for longest. */
  find<Kind extends object>(kind: abstract new (...options: never[]) => Kind): Kind | undefined {
    return this.programs.find((program): program is Kind => program instanceof kind);
  }
}
