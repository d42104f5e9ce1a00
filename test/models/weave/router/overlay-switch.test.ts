import { describe, expect, it } from 'vitest';
import type { OverlayConnectionParameters } from '../../../../models/weave/mesh/overlay.ts';
import { Peer } from '../../../../models/weave/mesh/peer.ts';
import type { FlowOperation } from '../../../../models/weave/router/flow-operation.ts';
import type {
  ForwardKey,
  NetworkOverlay,
  OverlayForwarder,
} from '../../../../models/weave/router/network-overlay.ts';
import { OverlaySwitch, type SwitchForwarder } from '../../../../models/weave/router/overlay-switch.ts';
import { addHost, newNetwork } from '../../../support/networks.ts';

const REMOTE = new Peer(0x020000000002, 'two', 2n, 2);

/** A forwarder whose life the test decides on. */
class FakeForwarder implements OverlayForwarder {
  onEstablished: (() => void) | null = null;
  onError: ((error: string) => void) | null = null;
  readonly told: string[] = [];
  declines = false;

  constructor(
    readonly name: string,
    readonly parameters: OverlayConnectionParameters,
  ) {}

  forward(): FlowOperation | null {
    return this.declines ? null : ({ name: this.name } as unknown as FlowOperation);
  }

  confirm(): void {
    this.told.push('confirm');
  }

  stop(): void {
    this.told.push('stop');
  }

  controlMessage(tag: number, message: Uint8Array): void {
    this.told.push(`${tag}: ${[...message]}`);
  }

  attributes() {
    return new Map([['name', this.name]]);
  }

  displayName(): string {
    return this.name;
  }
}

function make(features: string, outbound = true, refused: string[] = []) {
  const overlays = new OverlaySwitch(addHost(newNetwork(), 'host').loopback);
  const made = new Map<string, FakeForwarder>();
  const sent: string[] = [];
  for (const name of ['fastdp', 'sleeve']) {
    const overlay = {
      prepareConnection(parameters: OverlayConnectionParameters) {
        if (refused.includes(name)) return 'not today';
        const forwarder = new FakeForwarder(name, parameters);
        made.set(name, forwarder);
        return forwarder;
      },
    };
    overlays.add(name, overlay as unknown as NetworkOverlay);
  }
  const connection = overlays.prepareConnection({
    remotePeer: REMOTE,
    outbound,
    features: new Map([['Overlays', features]]),
    sendControlMessage: (tag: number, message: Uint8Array) => sent.push(`${tag}: ${[...message]}`),
  } as unknown as OverlayConnectionParameters);
  return { overlays, connection: connection as SwitchForwarder, made, sent };
}

const used = (connection: SwitchForwarder) =>
  (connection.forward({} as ForwardKey) as unknown as { name?: string }).name;

describe('the choice of an overlay', () => {
  it('is said in the handshake, the preferred one first', () => {
    const features = new Map<string, string>();
    make('sleeve').overlays.addFeaturesTo(features);
    expect(features.get('Overlays')).toBe('fastdp sleeve');
  });

  it('needs one that both have', () => {
    const { connection } = make('vxlan');
    expect(connection).toBe('no overlays in common with peer');
  });

  it('begins with the preferred one that works', () => {
    const { connection } = make('fastdp sleeve');
    expect(used(connection)).toBe('fastdp');
    expect(connection.displayName()).toBe('fastdp');
  });

  it('prefers one that is established, and the better one once it is', () => {
    const { connection, made } = make('fastdp sleeve');
    let established = 0;
    connection.onEstablished = () => established++;
    made.get('sleeve')!.onEstablished!();
    expect(used(connection)).toBe('sleeve');
    made.get('fastdp')!.onEstablished!();
    expect(used(connection)).toBe('fastdp');
    expect(established).toBe(1);
    expect(connection.attributes().get('name')).toBe('fastdp');
  });

  it('goes on with another when one fails, and ends with the last', () => {
    const { connection, made } = make('fastdp sleeve');
    const errors: string[] = [];
    connection.onError = (error) => errors.push(error);
    made.get('fastdp')!.onEstablished!();
    made.get('fastdp')!.onError!('heartbeats');
    expect(used(connection)).toBe('sleeve');
    made.get('sleeve')!.onError!('heartbeats');
    expect(used(connection)).toBeUndefined();
    expect(connection.displayName()).toBe('none');
    expect(errors).toEqual(['no working forwarders to 02:00:00:00:00:02(two)']);
  });

  it('asks the next one for a frame that the best declines', () => {
    const { connection, made } = make('fastdp sleeve');
    made.get('fastdp')!.declines = true;
    expect(used(connection)).toBe('sleeve');
  });

  it('does without one that can not be made', () => {
    const { connection } = make('fastdp sleeve', true, ['fastdp']);
    expect(used(connection)).toBe('sleeve');
  });

  it('tells the mesh on confirmation when none could be made', () => {
    const { connection } = make('fastdp sleeve', true, ['fastdp', 'sleeve']);
    const errors: string[] = [];
    connection.onError = (error) => errors.push(error);
    connection.confirm();
    expect(errors).toHaveLength(1);
  });

  it('is ended with the connection', () => {
    const { connection, made } = make('fastdp sleeve');
    connection.confirm();
    connection.stop();
    for (const forwarder of made.values()) expect(forwarder.told).toEqual(['confirm', 'stop']);
  });
});

describe('messages over TCP', () => {
  it('name the overlay by its place', () => {
    const { connection, made, sent } = make('fastdp sleeve');
    made.get('sleeve')!.parameters.sendControlMessage(3, Uint8Array.of(5, 158));
    expect(sent).toEqual(['7: 1,3,5,158']);
    connection.controlMessage(7, Uint8Array.of(1, 3, 5, 158));
    expect(made.get('sleeve')!.told).toEqual(['3: 5,158']);
    connection.controlMessage(7, Uint8Array.of(9, 3));
    connection.controlMessage(7, Uint8Array.of(1));
    expect(made.get('fastdp')!.told).toEqual([]);
  });

  it('count the places as the opener of the connection does', () => {
    const { made, sent } = make('sleeve fastdp', false);
    made.get('sleeve')!.parameters.sendControlMessage(1, new Uint8Array(0));
    expect(sent).toEqual(['7: 0,1']);
  });
});
