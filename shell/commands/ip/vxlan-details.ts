import type { VxlanView } from '../../../models/netns/control-types.ts';
import { formatIpv4, isMulticast } from '../../../models/wire/ipv4-address.ts';
import { Entry } from '../iproute2/entry.ts';

const SECOND = 1e9;

/** What `ip -d link` says of a VXLAN interface, in the order of iproute2's `vxlan_print_opt`. */
export function vxlanEntry(vxlan: VxlanView): Entry {
  const entry = new Entry();
  if (vxlan.external) entry.field('external', true, 'external ');
  entry.field('id', vxlan.vni, `id ${vxlan.vni} `);
  if (vxlan.remote !== undefined) {
    const key = isMulticast(vxlan.remote) ? 'group' : 'remote';
    entry.field(key, formatIpv4(vxlan.remote), `${key} ${formatIpv4(vxlan.remote)} `);
  }
  if (vxlan.local !== undefined)
    entry.field('local', formatIpv4(vxlan.local), `local ${formatIpv4(vxlan.local)} `);
  if (vxlan.dev !== undefined) entry.field('link', vxlan.dev, `dev ${vxlan.dev} `);
  const [low, high] = vxlan.sourcePorts;
  entry.field('port_range', { low, high }, `srcport ${low} ${high} `);
  entry.field('port', vxlan.port, `dstport ${vxlan.port} `);
  entry.field('learning', vxlan.learning, vxlan.learning ? '' : 'nolearning ');
  addHeaderFields(entry, vxlan);
  const seconds = vxlan.ageing / SECOND;
  entry.field('ageing', seconds, `ageing ${seconds} `);
  entry.field('udp_csum', vxlan.udpChecksum, vxlan.udpChecksum ? 'udpcsum ' : 'noudpcsum ');
  entry.field('udp_zero_csum6_tx', false, 'noudp6zerocsumtx ');
  return entry.field('udp_zero_csum6_rx', false, 'noudp6zerocsumrx ');
}

function addHeaderFields(entry: Entry, { tos, ttl, df }: VxlanView): void {
  if (tos === 'inherit') entry.field('tos', '0x1', 'tos inherit ');
  else if (tos !== 0) entry.field('tos', `0x${tos.toString(16)}`, `tos 0x${tos.toString(16)} `);
  if (ttl === 'inherit') entry.words('ttl inherit ');
  else entry.field('ttl', ttl, ttl === 0 ? 'ttl auto ' : `ttl ${ttl} `);
  entry.field('df', df, df === 'unset' ? '' : `df ${df} `);
}
