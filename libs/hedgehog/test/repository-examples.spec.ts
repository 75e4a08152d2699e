import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkObject, checkReferences, claimLookupOf, findClashes, lookupOf, normalise, orderSteps } from '../src/index.ts';
import type { NormalisedObject, ResourceObject } from '../src/index.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));

function objectsIn(folder: string): NormalisedObject[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));
  const documents = files.flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document) => document.toJS() as ResourceObject));
  return documents.map((document) => normalise(document));
}

for (const fabric of readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  it(`the example fabric ${fabric.name} is free of findings`, () => {
    const objects = objectsIn(join(EXAMPLES, fabric.name));
    const lookup = lookupOf(objects);
    const claims = claimLookupOf(objects);
    const exists = (kind: string, name: string): boolean | undefined => (kind === 'SwitchProfile' ? undefined : lookup.get(kind, name) !== undefined);
    expect(objects.length).toBeGreaterThan(10);
    expect(objects.flatMap((object) => [...checkObject(object, { lookup }), ...checkReferences(object, exists), ...findClashes(object, claims)])).toEqual([]);
    expect(orderSteps(objects.map((wanted, index) => ({ id: String(index), kind: wanted.kind, name: wanted.metadata.name, wanted }))).cyclic).toEqual([]);
  });
}
