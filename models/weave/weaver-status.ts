import { formatMac } from '../wire/mac-address.ts';
import type { IpamStatus } from './ipam/ipam-status.ts';
import { type MeshStatus, meshStatus } from './mesh/mesh-status.ts';
import { formatPeerName } from './peer-name.ts';
import type { Weaver } from './weaver.ts';

/** The release whose router this is. */
export const WEAVE_VERSION = '2.8.1';

/** `weave report`, with its names and in its order; what is null or absent there is so here (prog/weaver `WeaveStatus`). */
export interface WeaverStatus {
  readonly Ready: boolean;
  readonly Version: string;
  /** Looking for newer releases is switched off. */
  readonly VersionCheck: {
    readonly Enabled: boolean;
    readonly Success: boolean;
    readonly NewVersion: string;
    readonly NextCheckAt: string;
  };
  readonly Router: RouterStatus;
  readonly IPAM: IpamStatus;
}

/** The mesh, and the router of frames (weave `NetworkRouterStatus`). */
export interface RouterStatus extends MeshStatus {
  readonly OverlayDiagnostics: Readonly<Record<string, object | null>>;
  readonly Interface: string;
  readonly CaptureStats: Readonly<Record<string, number>>;
  readonly MACs: readonly MacStatus[] | null;
}

/** Where a MAC address is. */
export interface MacStatus {
  readonly Mac: string;
  readonly Name: string;
  readonly NickName: string;
  readonly LastSeen: string;
}

/** How times of the simulation (nanoseconds) are shown. */
export interface TimeFormats {
  /** In the text of a connection: when it is tried next. */
  text(time: number): string;
  /** In JSON (RFC 3339). */
  json(time: number): string;
}

export function weaverStatus(weaver: Weaver, formats: TimeFormats): WeaverStatus {
  return {
    Ready: true,
    Version: WEAVE_VERSION,
    VersionCheck: {
      Enabled: false,
      Success: false,
      NewVersion: '',
      NextCheckAt: '0001-01-01T00:00:00Z',
    },
    Router: routerStatus(weaver, formats),
    IPAM: weaver.allocator.status(),
  };
}

function routerStatus({ mesh, overlay, port, router }: Weaver, formats: TimeFormats): RouterStatus {
  const { TrustedSubnets, ...others } = meshStatus(mesh, (time) => formats.text(time));
  const { network } = mesh.namespace;
  const macs = router.macs.view().map(({ mac, peer, lastSeen }) => ({
    Mac: formatMac(network.macs.address(mac)),
    Name: formatPeerName(peer.name),
    NickName: peer.nickname,
    LastSeen: formats.json(lastSeen),
  }));
  return {
    ...others,
    OverlayDiagnostics: overlay.diagnostics(),
    TrustedSubnets,
    Interface: port.name,
    CaptureStats: port.statistics(),
    MACs: macs.length === 0 ? null : macs,
  };
}
