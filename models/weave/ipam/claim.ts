import { formatIpv4, formatPrefix, type Ipv4Prefix } from '../../wire/ipv4-address.ts';
import { formatPeerName, type PeerName, UNKNOWN_PEER } from '../peer-name.ts';
import { type AddressRange, rangeContains, unsigned } from './address-range.ts';
import { IpamError } from './ipam-error.ts';
import { AnsweredOperation, NO_ID, type OperationContext } from './operation.ts';

/** So often an owner that can't be reached is asked. */
const MAX_TRIES = 5;

/** Takes an address that a container has already, or wants to have (Weave: `claim`). */
export class Claim extends AnsweredOperation<Ipv4Prefix> {
  protected readonly kind = 'Claim';
  readonly prefix: Ipv4Prefix;
  /** Answers before it is known, and goes on to try. */
  private readonly noErrorOnUnknown: boolean;
  private tries = 0;

  constructor(
    context: OperationContext,
    id: string,
    prefix: Ipv4Prefix,
    noErrorOnUnknown: boolean,
    done: ((result: Ipv4Prefix | IpamError) => void) | null,
  ) {
    super(context, id, done);
    this.prefix = prefix;
    this.noErrorOnUnknown = noErrorOnUnknown;
  }

  protected attempt(): boolean {
    const { context, prefix } = this;
    const address = unsigned(prefix.address);
    this.tries++;
    if (!rangeContains(context.ring.range, address)) {
      this.finish(this.claimOutside());
      return true;
    }
    context.establishRing();
    const owner = context.ring.owner(address);
    if (owner === UNKNOWN_PEER) {
      if (this.noErrorOnUnknown) this.finish(prefix);
      return false;
    }
    if (owner !== context.peer) return this.askOwner(owner);
    this.finish(this.claimOwn());
    return true;
  }

  /** An address that is none of IPAM's business: who claims it will know why. */
  private claimOutside(): Ipv4Prefix | IpamError {
    const { prefix } = this;
    const existing = this.context.owned.findOwner(prefix.address);
    if (existing === undefined) this.context.owned.add(this.ownerId(), prefix);
    else if (existing !== this.id && this.id !== NO_ID) {
      return new IpamError(`address ${formatPrefix(prefix)} already in use by ${existing}`);
    }
    return prefix;
  }

  /** @returns whether to give up */
  private askOwner(owner: PeerName): boolean {
    const address = unsigned(this.prefix.address);
    const error = this.context.requestSpace(owner, { start: address, end: address + 1 });
    if (error === null) return false;
    if (this.noErrorOnUnknown) this.finish(this.prefix);
    else if (this.tries > MAX_TRIES) {
      this.deniedBy(owner, error);
      return true;
    }
    return false;
  }

  /** An address of this peer's: it must not be anybody else's. */
  private claimOwn(): Ipv4Prefix | IpamError {
    const { context, prefix, id } = this;
    const existing = context.owned.findOwner(prefix.address);
    if (existing === undefined) return this.claimUnused();
    if (existing === id || id === NO_ID) return prefix;
    if (existing === formatIpv4(prefix.address)) {
      return new IpamError(`address ${formatPrefix(prefix)} already in use`);
    }
    return new IpamError(`address ${formatPrefix(prefix)} is already owned by ${existing}`);
  }

  private claimUnused(): Ipv4Prefix | IpamError {
    const { context, prefix } = this;
    if (!context.space.claim(unsigned(prefix.address))) {
      return new IpamError(`Address ${formatIpv4(prefix.address)} is not free to claim`);
    }
    context.owned.add(this.ownerId(), prefix);
    return prefix;
  }

  /** A peer has nothing to give of a range. @returns whether that is an answer, by which this is done with */
  isDenied(owner: PeerName, range: AddressRange): boolean {
    if (!rangeContains(range, unsigned(this.prefix.address))) return false;
    this.deniedBy(owner, null);
    return true;
  }

  /** The owner does not give it, or can't be asked for the reason given. */
  private deniedBy(owner: PeerName, reason: string | null): void {
    const nickname = this.context.nicknames.get(owner);
    const name = formatPeerName(owner) + (nickname === undefined ? '' : ` (${nickname})`);
    const why = reason === null ? '' : ` - ${reason}`;
    this.finish(new IpamError(`address ${formatPrefix(this.prefix)} is owned by other peer ${name}${why}`));
  }

  private ownerId(): string {
    return this.id === NO_ID ? formatIpv4(this.prefix.address) : this.id;
  }
}
