import { BROADCAST_MAC_ID, ZERO_MAC_ID } from '../../mac-table.ts';
import { ArpOperation } from '../../wire/arp.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { sendArp } from './arp.ts';

/** `arp_notify`: an interface that comes up or changes its MAC address says so (Linux `inetdev_send_gratuitous_arp`). */
export function announceAddresses(iface: Interface): void {
  if (iface.kind === InterfaceKind.loopback) return;
  if (!iface.config.arpNotify && !iface.namespace.configAll.arpNotify) return;
  for (const { address } of iface.addresses) {
    sendArp(iface, ArpOperation.request, BROADCAST_MAC_ID, address, iface.mac, address, ZERO_MAC_ID);
  }
}
