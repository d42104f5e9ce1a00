import { isFragment, type Packet } from '../../packet.ts';
import { EtherType } from '../../wire/ethernet.ts';
import { IpProtocol } from '../../wire/ipv4.ts';

/**
 * A hash of the flow that a frame belongs to, a 32-bit integer (Linux `skb_get_hash`; its seed is drawn at boot, so no
 * two machines agree on the number). Both directions of a flow have the same; of a TCP connection each end has drawn a
 * hash of its own for what it sends (`sk_txhash`). What is not IPv4 is one flow for each EtherType.
 */
export function flowHash(packet: Packet): number {
  let hash = mix(0x9747b28c, packet.etherType);
  if (packet.etherType !== EtherType.ipv4) return finish(hash);
  const { ipSource, ipDestination, protocol } = packet;
  hash = mix(hash, protocol);
  const hasPorts = !isFragment(packet) && (protocol === IpProtocol.udp || protocol === IpProtocol.tcp);
  const { sourcePort, destinationPort } = packet;
  const inOrder =
    (hasPorts && protocol === IpProtocol.tcp) ||
    ipSource >>> 0 < ipDestination >>> 0 ||
    (ipSource === ipDestination && sourcePort <= destinationPort);
  hash = mix(mix(hash, inOrder ? ipSource : ipDestination), inOrder ? ipDestination : ipSource);
  if (hasPorts) {
    const ports = inOrder ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
    hash = mix(hash, ports);
  }
  return finish(hash);
}

/** One round of MurmurHash3. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
