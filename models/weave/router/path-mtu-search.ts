/** What every path is believed to carry. */
const LEAST_MTU = 552;
const ATTEMPTS = 8;
/** Nanoseconds that the first test of a size is waited for; twice as long with every further one. */
const FIRST_TIMEOUT = 10e6;

/**
 * Finds the largest packet that a path carries (weave `router/sleeve.go`, `searchMTU`): it begins with what the kernel
 * says, which mostly is true; where a test of that size is lost eight times, it halves the interval between what
 * is known to get through and what is not.
 */
export class PathMtuSearch {
  /** The size that is being tested; 0 when nothing is. */
  candidate = 0;
  private highestGood = 0;
  private lowestBad = 0;
  private testsSent = 0;

  /**
   * The kernel has refused a packet.
   * @param mtu what it says would fit
   * @returns whether the search begins anew
   */
  refused(mtu: number): boolean {
    if (this.candidate !== 0 && mtu >= this.candidate) return false;
    this.highestGood = LEAST_MTU;
    this.lowestBad = mtu + 1;
    this.candidate = mtu;
    this.testsSent = 0;
    return true;
  }

  /** A test is sent. @returns nanoseconds after which it counts as lost */
  testSent(): number {
    return FIRST_TIMEOUT * 2 ** this.testsSent++;
  }

  /** A test of `mtu` has got through. @returns the result if that was the last one, else 0 */
  acknowledged(mtu: number): number {
    if (mtu !== this.candidate) return 0;
    this.highestGood = mtu;
    return this.next();
  }

  /** No answer in time. @returns the result if that was the last test, else 0 */
  timedOut(): number {
    if (this.testsSent < ATTEMPTS) return 0;
    this.lowestBad = this.candidate;
    return this.next();
  }

  private next(): number {
    if (this.highestGood + 1 >= this.lowestBad) {
      this.candidate = 0;
      return this.highestGood;
    }
    this.candidate = Math.floor((this.highestGood + this.lowestBad) / 2);
    this.testsSent = 0;
    return 0;
  }
}
