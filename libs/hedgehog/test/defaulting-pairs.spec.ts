import { expect, it } from 'vitest';
// What the simulator's admission makes of objects is written out there by hand, apart from this library's knowledge:
// the two must agree. Nothing but these pairs is read from it.
import { defaultingPairs } from '@heddle/fabric-simulator';
import { diffNormalised, normalise } from '../src/index.ts';
import type { ResourceObject } from '../src/index.ts';

it.each(defaultingPairs.map((pair) => [pair.name, pair] as const))('sees no difference: %s', (_name, { before, after }) => {
  expect(diffNormalised(normalise(before as ResourceObject), normalise(after as ResourceObject))).toEqual([]);
});
