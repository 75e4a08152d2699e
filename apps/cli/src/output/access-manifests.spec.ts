import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { renderAccess } from './access-manifests.ts';

interface Manifest { kind: string; metadata: { name: string; namespace: string }; rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[] }

it('prints access as kubectl reads it, whatever the names', () => {
  const manifests = parseAllDocuments(renderAccess({ namespace: 'no', account: 'on' }), { version: '1.1' }).map((document) => document.toJS() as Manifest);
  expect(manifests.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([['ServiceAccount', 'no', 'on'], ['Role', 'no', 'on'], ['RoleBinding', 'no', 'on'], ['Secret', 'no', 'on-token']]);
  for (const { apiGroups, resources, verbs } of manifests[1]!.rules!) {
    expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
    // What switches and gateways tell of themselves is only read.
    if (resources.some((resource) => resource.endsWith('agents'))) expect(verbs).toEqual(['list', 'watch', 'get']);
  }
});
