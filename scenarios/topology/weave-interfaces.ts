import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { podName } from './pod-names.ts';
import type { PodTable } from './topology.ts';

/** What Weave adds to a node, whichever data path it has. */
export const WEAVE_INTERFACES = ['weave', 'vethwe-bridge', 'vethwe-pcap', 'vethwe-datapath', 'datapath'];

/** The id of a pod's sandbox, as a container runtime would draw one: 64 hexadecimal digits, here from its name. */
export function containerId(pods: PodTable, pod: number): string {
  return bytesToHex(sha256(utf8ToBytes(podName(pods, pod))));
}

/** The node's end of a pod's veth pair, as the plugin names it (weave `vethwepl` and seven digits of the id). */
export function weaveVethName(pods: PodTable, pod: number): string {
  return `vethwepl${containerId(pods, pod).slice(0, 7)}`;
}
