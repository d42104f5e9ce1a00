import type { NetfilterControl } from '../../../models/netfilter/control-types.ts';
import type { Ipv4Address } from '../../../models/wire/ipv4-address.ts';

/** What a command of ipset works with, besides its words. */
export interface IpsetContext {
  netfilter: NetfilterControl;
  hosts: ReadonlyMap<string, Ipv4Address>;
  /** `-exist`: what is there already, or is not there any more, is no error. */
  exist: boolean;
}
