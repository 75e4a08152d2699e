import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REGENERATE_COMMAND, crdManifests } from '../src/crd/crd-manifests.ts';
import { generateCrd } from '../src/crd/generate-crd.ts';
import { MANAGED_KINDS, READ_ONLY_KINDS, descriptorOf } from '../src/kinds/kinds.ts';

const FOLDER = fileURLToPath(new URL('../../../tools/fabric-simulator/crds/', import.meta.url));

describe('the CRD manifests', () => {
  for (const [name, text] of crdManifests()) {
    it(`${name} stands as the schema generates it`, () => {
      expect(readFileSync(FOLDER + name, 'utf8'), `write it again: ${REGENERATE_COMMAND}`).toBe(text);
    });
  }

  it('read back as the same data', () => {
    const manifests = crdManifests();
    for (const descriptor of [...MANAGED_KINDS, ...READ_ONLY_KINDS.filter((kind) => kind.spec)]) {
      expect(parse(manifests.get(`${descriptor.plural}.${descriptor.group}.yaml`) ?? '')).toEqual(generateCrd(descriptor));
    }
  });

  it('refuse a kind without a schema', () => {
    expect(() => generateCrd(descriptorOf('Agent')!)).toThrow(/no schema of Agent/);
  });

  it("carry none of Heddle's own marks", () => {
    for (const text of crdManifests().values()) expect(text).not.toMatch(/listAs|keepZero/);
  });
});
