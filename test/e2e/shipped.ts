interface ShippedScenario {
  name: string;
  /** Capture files that it writes. */
  captures: number;
  /** Options that make a larger one short enough for every test run. */
  args: string[];
}

const scenarios: ShippedScenario[] = [
  { name: 'bulk-tcp', captures: 0, args: [] },
  { name: 'busy-node', captures: 0, args: [] },
  { name: 'congested-uplink', captures: 0, args: [] },
  { name: 'hundred-nodes', captures: 0, args: ['--stop', '50ms'] },
  { name: 'incast', captures: 0, args: [] },
  { name: 'ip-forward', captures: 1, args: [] },
  { name: 'link-failure', captures: 1, args: [] },
  { name: 'one-router', captures: 1, args: [] },
  { name: 'replayed-trace', captures: 1, args: [] },
  { name: 'request-response', captures: 1, args: [] },
  { name: 'same-node', captures: 1, args: [] },
  { name: 'three-nodes', captures: 2, args: [] },
  { name: 'weave-encrypted', captures: 2, args: [] },
  { name: 'weave-partition', captures: 0, args: [] },
  { name: 'weave-relay', captures: 1, args: [] },
  { name: 'weave-seed-conflict', captures: 1, args: [] },
  { name: 'weave-small-mtu', captures: 0, args: [] },
  { name: 'weave-three-nodes', captures: 2, args: [] },
  { name: 'weave-two-bridges', captures: 1, args: [] },
  { name: 'weave-two-nodes', captures: 3, args: [] },
  { name: 'wrong-route', captures: 1, args: [] },
];

/** The shipped scenarios. */
export const shippedScenarios = scenarios.map((one) => ({ ...one, file: `${one.name}.yaml` }));
