import { describe, expect, it } from 'vitest';
import { readFile, WHOLE_FILE } from './read-document.ts';

const VPC = { apiVersion: 'vpc.githedgehog.com/v1beta1', kind: 'VPC', metadata: { name: 'vpc-1' }, spec: {} };
const read = (object: Record<string, unknown> | null) => readFile({ path: 'a.yaml', blob: 'b', part: 1, parts: 1, findings: [], documents: [{ index: 3, line: 7, object, findings: [] }] })[0]!;

describe('readFile', () => {
  it('takes an object of a managed kind', () => {
    expect(read(VPC)).toMatchObject({ status: 'ok', kind: 'VPC', name: 'vpc-1', index: 3, line: 7, findings: [] });
  });

  it.each([
    ['no object', null, 'unreadable', 'document-unreadable'],
    ['no kind', { apiVersion: 'v1' }, 'unreadable', 'not-an-object'],
    ['no apiVersion', { kind: 'VPC', metadata: { name: 'x' } }, 'unreadable', 'not-an-object'],
    ['no name', { ...VPC, metadata: {} }, 'unreadable', 'name-missing'],
    ['metadata of null', { ...VPC, metadata: null }, 'unreadable', 'name-missing'],
    ['a name that is a number', { ...VPC, metadata: { name: 7 } }, 'unreadable', 'name-missing'],
    ['another version', { ...VPC, apiVersion: 'vpc.githedgehog.com/v9' }, 'unreadable', 'version-unknown'],
    ['an unknown kind of Hedgehog', { ...VPC, kind: 'VPCC' }, 'unreadable', 'kind-unknown'],
    ['a kind of others', { ...VPC, apiVersion: 'apps/v1', kind: 'Deployment' }, 'ignored', 'kind-unknown'],
    ['a kind that Hedgehog writes', { ...VPC, apiVersion: 'agent.githedgehog.com/v1beta1', kind: 'Agent' }, 'ignored', 'kind-read-only'],
    ['another namespace', { ...VPC, metadata: { name: 'x', namespace: 'kube-system' } }, 'unreadable', 'namespace-not-default'],
  ])('judges a document with %s', (_what, object, status, rule) => {
    expect(read(object)).toMatchObject({ status, rawHash: null, findings: [{ rule, path: 'a.yaml', document: 3, line: 7 }] });
  });

  it('stands in for a whole file that is unreadable', () => {
    const finding = { rule: 'symlink', severity: 'error' as const, message: 'A link.', remedy: 'Put a file.' };
    expect(readFile({ path: 'a.yaml', blob: 'b', part: 1, parts: 1, findings: [finding], documents: [] })).toMatchObject([{ index: WHOLE_FILE, status: 'unreadable', findings: [{ ...finding, path: 'a.yaml' }] }]);
  });
});
