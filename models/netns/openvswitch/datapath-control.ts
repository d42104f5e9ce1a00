import { ControlError } from '../control-error.ts';
import type { LinkSpec } from '../control-types.ts';
import { type Interface, InterfaceKind } from '../interface/interface.ts';
import { checkSpec, create, destroyInterface, mustFind } from '../interface/link-control.ts';
import { setAdminState } from '../interface/link-state.ts';
import type { NetworkNamespace } from '../network-namespace.ts';
import { addVxlan } from '../vxlan/vxlan-control.ts';
import { Datapath } from './datapath.ts';
import type { Vport, VportType } from './vport.ts';

/** What a tunnel's interface takes: more than any link (Linux IP_MAX_MTU). */
const TUNNEL_MTU = 65_535;

/** Linux `ovs_dp_cmd_new`. @throws ControlError EEXIST */
export function addDatapath(namespace: NetworkNamespace, spec: LinkSpec): Datapath {
  checkSpec(namespace, spec);
  const datapath = new Datapath(create(namespace, InterfaceKind.openvswitch, spec));
  namespace.datapaths = [...(namespace.datapaths ?? []), datapath];
  attachVport(datapath, 'internal', datapath.iface);
  return datapath;
}

/** Linux `ovs_dp_cmd_del`. @throws ControlError ENODEV */
export function deleteDatapath(namespace: NetworkNamespace, name: string): void {
  const datapath = namespace.datapath(name);
  if (datapath === undefined) throw new ControlError('ENODEV');
  destroyInterface(datapath.iface);
}

/** The internal port goes, and everything with it (Linux `ovs_dp_detach_port`, `__dp_destroy`). */
export function forgetDatapath(datapath: Datapath): void {
  const { namespace } = datapath;
  const others = namespace.datapaths!.filter((other) => other !== datapath);
  namespace.datapaths = others.length === 0 ? null : others;
  for (const vport of datapath.vports()) if (vport.type !== 'internal') deleteVport(datapath, vport.number);
  datapath.iface.vport = null;
  datapath.ports.length = 0;
  datapath.upcalls?.close(datapath.iface);
  datapath.upcalls = null;
}

export function addNetdevVport(datapath: Datapath, name: string): Vport {
  const iface = mustFind(datapath.namespace, name);
  if (iface.isLoopback || iface.kind === InterfaceKind.openvswitch) throw new ControlError('EINVAL');
  if (iface.port !== null || iface.vport !== null) throw new ControlError('EBUSY');
  return attachVport(datapath, 'netdev', iface);
}

/** Linux `vxlan_tnl_create`: the interface is up from the start. */
export function addVxlanVport(datapath: Datapath, name: string, udpPort: number): Vport {
  const { namespace } = datapath;
  const iface = addVxlan(namespace, {
    name,
    port: udpPort,
    external: true,
    udpChecksum: false,
    mtu: TUNNEL_MTU,
  });
  try {
    setAdminState(iface, true);
  } catch (error) {
    destroyInterface(iface);
    throw error;
  }
  return attachVport(datapath, 'vxlan', iface);
}

function attachVport(datapath: Datapath, type: VportType, iface: Interface): Vport {
  const free = datapath.ports.indexOf(null);
  const number = free < 0 ? datapath.ports.length : free;
  const vport: Vport = { datapath, number, type, iface };
  datapath.ports[number] = vport;
  iface.vport = vport;
  datapath.listener?.portAdded(vport);
  return vport;
}

/** Linux `ovs_vport_cmd_del`: the interface of a tunnel goes with its port, any other stays. */
export function deleteVport(datapath: Datapath, number: number): void {
  const vport = datapath.port(number);
  if (vport === null) throw new ControlError('ENODEV');
  if (vport.type === 'internal') throw new ControlError('EINVAL');
  detachVport(vport);
  if (vport.type === 'vxlan') destroyInterface(vport.iface);
}

/** The port is none any more; flows that send to it stay, and lose what they send. */
export function detachVport(vport: Vport): void {
  const { datapath, iface, number } = vport;
  iface.vport = null;
  datapath.ports[number] = null;
  datapath.listener?.portDeleted(vport);
}
