import { GOB_STRING, type GobType } from '../wire/gob.ts';
import { decodeGob } from '../wire/gob-decoder.ts';
import { encodeGob } from '../wire/gob-encoder.ts';
import type { Features } from './overlay.ts';

/** `map[string]string`. */
const FEATURES = { kind: 'map', name: '', key: GOB_STRING, value: GOB_STRING } as const satisfies GobType;

export function encodeFeatures(features: Features): Uint8Array {
  return encodeGob(FEATURES, features);
}

/** @throws GobError */
export function decodeFeatures(bytes: Uint8Array): Features {
  return decodeGob(FEATURES, bytes);
}
