import type { VlanMemberView } from '../../../models/netns/control-types.ts';
import { CommandFailure, NotSupported } from '../../failure.ts';
import { type Arguments, duplicateArgument, keywordOf, usageError } from '../iproute2/arguments.ts';
import { type JsonObject, writeJson } from '../iproute2/json-writer.ts';
import { request } from '../iproute2/kernel-request.ts';
import type { BridgeContext } from './index.ts';
import { checkVlan, parseVlan, vlanNumber } from './vlan-arguments.ts';

const USAGE = `Usage: bridge vlan { add | del } vid VLAN_ID dev DEV
                                  [ pvid ] [ untagged ]
                                  [ self ] [ master ]
       bridge vlan { show } [ dev DEV ] [ vid VLAN_ID ]
`;

/** Width of the column of names: IFNAMSIZ, and two blanks. */
const NAME_WIDTH = 18;
const VLAN_WIDTH = 9;

/** `bridge vlan` */
export function bridgeVlan(context: BridgeContext, words: Arguments): number {
  if (words.done) return show(context, words);
  const command = words.next();
  const keywords = ['add', 'delete', 'set', 'show', 'tunnelshow', 'list', 'global', 'help'] as const;
  const keyword = command === 'lst' ? 'list' : keywordOf(command, keywords);
  switch (keyword) {
    case 'add':
    case 'delete':
      return change(context, words, keyword);
    case 'show':
    case 'list':
      return show(context, words);
    case 'help':
      throw new CommandFailure(USAGE, 255);
    case undefined:
      throw usageError(`Command "${command}" is unknown, try "bridge vlan help".`);
  }
  throw new NotSupported('bridge', `"bridge vlan ${keyword}"`);
}

function change({ namespace }: BridgeContext, words: Arguments, mode: 'add' | 'delete'): number {
  const spec = parseVlan(words);
  if (namespace.link(spec.dev) === undefined) throw usageError(`Cannot find bridge device "${spec.dev}"`);
  checkVlan(spec);
  request(255, () => {
    if (mode === 'add') namespace.addVlan(spec);
    else namespace.deleteVlan(spec);
  });
  return 0;
}

function show({ namespace, options, stdout, compressVlans }: BridgeContext, words: Arguments): number {
  const { dev, vlan } = parseSelection(words);
  if (dev !== undefined && namespace.link(dev) === undefined) {
    throw usageError(`Cannot find device "${dev}"`);
  }
  if (options.statistics > 0) throw new NotSupported('bridge vlan', 'statistics of VLANs');
  const ports = namespace
    .vlans()
    .filter((view) => dev === undefined || view.dev === dev)
    .map((view) => ({ dev: view.dev, ranges: rangesOf(view, compressVlans) }))
    .map((port) => ({ ...port, ranges: port.ranges.filter((range) => !vlan || includes(range, vlan)) }))
    .filter(({ ranges }) => ranges.length > 0);
  if (options.json) {
    const json = ports.map((port) => ({ ifname: port.dev, vlans: port.ranges.map(jsonOf) }));
    stdout.write(`${writeJson(json, options.pretty)}\n`);
    return 0;
  }
  stdout.write(`${'port'.padEnd(NAME_WIDTH)}${'vlan-id'.padEnd(VLAN_WIDTH)}\n`);
  for (const port of ports) {
    for (const [index, range] of port.ranges.entries()) {
      stdout.write(`${(index === 0 ? port.dev : '').padEnd(NAME_WIDTH)}${textOf(range)}\n`);
    }
  }
  return 0;
}

function parseSelection(words: Arguments): { dev?: string; vlan?: number } {
  const selection: { dev?: string; vlan?: number } = {};
  while (!words.done) {
    const word = words.next();
    if (word === 'dev') {
      const name = words.next();
      if (selection.dev !== undefined) throw duplicateArgument('dev', name);
      selection.dev = name;
    } else if (word === 'vid') {
      const number = words.next();
      if (selection.vlan) throw duplicateArgument('vid', number);
      selection.vlan = vlanNumber(number);
    }
  }
  return selection;
}

/** VLANs that follow each other and have the same flags; without compression each by itself. */
interface VlanRange {
  first: number;
  last: number;
  pvid: boolean;
  untagged: boolean;
}

function rangesOf({ vlans }: VlanMemberView, compress: boolean): VlanRange[] {
  const ranges: VlanRange[] = [];
  for (const { vlan, pvid, untagged } of vlans) {
    const range = ranges.at(-1);
    const continues = range?.last === vlan - 1 && !range.pvid && !pvid && range.untagged === untagged;
    if (compress && continues) range.last = vlan;
    else ranges.push({ first: vlan, last: vlan, pvid, untagged });
  }
  return ranges;
}

function includes({ first, last }: VlanRange, vlan: number): boolean {
  return first <= vlan && vlan <= last;
}

function flagsOf({ pvid, untagged }: VlanRange): string[] {
  return [...(pvid ? ['PVID'] : []), ...(untagged ? ['Egress Untagged'] : [])];
}

function jsonOf(range: VlanRange): JsonObject {
  const { first, last } = range;
  const flags = flagsOf(range);
  const isRange = first !== last;
  // the mark of the end of a range is a flag that has no name
  return { vlan: first, ...(isRange && { vlanEnd: last }), ...((isRange || flags.length > 0) && { flags }) };
}

function textOf(range: VlanRange): string {
  const { first, last } = range;
  return [first === last ? `${first}` : `${first}-${last}`, ...flagsOf(range)].join(' ');
}
