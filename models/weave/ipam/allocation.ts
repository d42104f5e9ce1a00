import { formatIpv4, formatPrefix, type Ipv4Prefix } from '../../wire/ipv4-address.ts';
import { hostRange, rangesOverlap, signed, subnetRange } from './address-range.ts';
import { IpamError } from './ipam-error.ts';
import { AnsweredOperation, NO_ID, type OperationContext } from './operation.ts';

/** Finds an address for a container; its answer has the subnet's prefix length (Weave: `allocate`). */
export class Allocation extends AnsweredOperation<Ipv4Prefix> {
  protected readonly kind = 'Allocate';
  private readonly subnet: Ipv4Prefix;

  constructor(
    context: OperationContext,
    id: string,
    subnet: Ipv4Prefix,
    done: (result: Ipv4Prefix | IpamError) => void,
  ) {
    super(context, id, done);
    this.subnet = subnet;
  }

  /** `c0ffee 10.32.0.0/12`. */
  describe(): string {
    return `${this.id} ${formatPrefix(this.subnet)}`;
  }

  protected attempt(): boolean {
    const { context, subnet } = this;
    const range = subnetRange(subnet);
    const [owned] = context.owned.inRange(this.id, range);
    if (owned !== undefined) {
      this.finish({ address: owned.address, length: subnet.length });
      return true;
    }
    if (!rangesOverlap(subnetRange(context.universe), range)) {
      const bounds = formatPrefix(context.universe);
      this.finish(new IpamError(`range ${formatPrefix(subnet)} out of bounds: ${bounds}`));
      return true;
    }
    context.establishRing();
    const address = context.space.allocate(hostRange(subnet));
    if (address !== undefined) {
      this.take({ address: signed(address), length: subnet.length });
      return true;
    }
    this.askForSpace();
    return false;
  }

  private take(prefix: Ipv4Prefix): void {
    this.context.owned.add(this.id === NO_ID ? formatIpv4(prefix.address) : this.id, prefix);
    this.finish(prefix);
  }

  /**
   * Of those that have some, the first that there is a way to. It may have none but the first or the last
   * address of the subnet, which no host may have: then this is asked again as soon as that has come. Peers
   * that all lack addresses pass such a one from one to another, as the real ones do.
   */
  private askForSpace(): void {
    const { ring, draw } = this.context;
    const range = subnetRange(this.subnet);
    const donors = ring.choosePeersToAskForSpace(range, draw);
    donors.some((donor) => this.context.requestSpace(donor, range) === null);
  }
}
