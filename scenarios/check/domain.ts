import type { Nic, Topology } from '../topology/topology.ts';

/** Names the broadcast domain of an interface: its LAN with those joined to it, or its own cable. */
export function domainOf(nic: Nic, topology: Topology): string {
  const cable = topology.cables[nic.cable];
  if (cable === undefined) return `${nic.host}:${nic.name}`;
  const port = cable.ends[0].port ?? cable.ends[1].port;
  return port === undefined ? `cable ${nic.cable}` : `lan ${topology.lans[port.lan].domain}`;
}
