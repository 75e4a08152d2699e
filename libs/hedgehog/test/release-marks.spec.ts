import { RELEASES } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { descriptorOf, RELEASE_MARKS, releaseSeen } from '../src/index.ts';
import type { SchemaNode } from '../src/schema/schema-node.ts';
import { fieldData } from './field-data.ts';

const seen = (present: boolean) => RELEASE_MARKS.map(({ kind, path }) => ({ kind, path, present }));

describe('the release of a cluster', () => {
  it('has a mark in the schema for each but the oldest', () => {
    expect(RELEASE_MARKS.map(({ since }) => since)).toEqual(RELEASES.slice(1));
    for (const { kind, path, since } of RELEASE_MARKS) {
      const node = path.split('.').slice(1).reduce<SchemaNode | undefined>((at, token) => (token === '*' ? at?.additionalProperties ?? at?.items : at?.properties?.[token]), descriptorOf(kind)?.spec);
      expect(node).toMatchObject({ since });
    }
  });

  it('is the newest that has left a mark, and not known before all were looked at', () => {
    expect(releaseSeen(seen(true))).toBe('26.03');
    expect(releaseSeen(seen(false))).toBe('26.01');
    expect(releaseSeen([])).toBeUndefined();
  });

  if (fieldData.present) {
    it('is the older one by the CRDs of January 2026', () => {
      const text = JSON.stringify(fieldData.document('crd/vpc.githedgehog.com_vpcs.yaml'));
      expect(releaseSeen(RELEASE_MARKS.map(({ kind, path }) => ({ kind, path, present: text.includes(`"${path.split('.').at(-1)}"`) })))).toBe('26.01');
    });
  }
});
