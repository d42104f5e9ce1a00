const maxLength = 15;

/** Gives the ports of switches names that are short enough for Linux and unique on their switch. */
export class PortNames {
  private readonly taken = new Set<string>();

  /**
   * `wanted` (`p-node1`) where it is free; for a second interface of the same host `p-node1-eth1`; else
   * shortened, with the number of the port.
   */
  unique(lan: number, wanted: string, nic: string | undefined, position: number): string {
    const candidates = [wanted, `${wanted}-${nic ?? position}`];
    for (const name of candidates) {
      if (name.length <= maxLength && this.take(lan, name)) return name;
    }
    const suffix = `-${position}`;
    const name = wanted.slice(0, maxLength - suffix.length) + suffix;
    // A name that ends in the same number can be taken by a host of that very name; the bare number cannot.
    if (this.take(lan, name)) return name;
    this.take(lan, `p${position}`);
    return `p${position}`;
  }

  private take(lan: number, name: string): boolean {
    const key = `${lan}/${name}`;
    if (this.taken.has(key)) return false;
    this.taken.add(key);
    return true;
  }
}
