import { describe, expect, it } from 'vitest';
import { viewOf } from '../fabric/fabric-view.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { AdmissionRequest } from './admission-review.ts';
import { jsonPatch } from './json-patch.ts';
import { RecentWrites } from './recent-writes.ts';

const server = (name: string, resourceVersion?: string): KubeObject => ({ apiVersion: 'w', kind: 'Server', metadata: { name, resourceVersion } });
const request = (operation: AdmissionRequest['operation'], object: KubeObject, dryRun = false): AdmissionRequest =>
  ({ uid: '1', operation, object: operation === 'DELETE' ? null : object, oldObject: operation === 'DELETE' ? object : null, dryRun });
const names = (recent: RecentWrites): string[] => recent.list('Server').map(({ metadata }) => metadata.name).sort();

describe('RecentWrites', () => {
  it('shows what the cache does not hold yet', () => {
    const recent = new RecentWrites(viewOf([server('a', '1')]));
    recent.admitted(request('CREATE', server('b')));
    recent.admitted(request('DELETE', server('a', '1')));
    expect(names(recent)).toEqual(['b']);
    expect(recent.get('Server', 'a')).toBeUndefined();
  });

  it('leaves dry runs out', () => {
    const recent = new RecentWrites(viewOf([]));
    recent.admitted(request('CREATE', server('b'), true));
    expect(names(recent)).toEqual([]);
  });

  it('forgets a write once the cache has moved', () => {
    const objects = [server('a', '1')];
    const recent = new RecentWrites({ get: (kind, name) => viewOf(objects).get(kind, name), list: (kind) => viewOf(objects).list(kind) });
    recent.admitted(request('DELETE', objects[0]!));
    objects[0] = server('a', '2');
    expect(recent.get('Server', 'a')?.metadata.resourceVersion).toBe('2');
  });

  it('forgets a write that never came', () => {
    let now = 0;
    const recent = new RecentWrites(viewOf([]), () => now);
    recent.admitted(request('CREATE', server('b')));
    now = 5_000;
    expect(names(recent)).toEqual([]);
  });
});

describe('jsonPatch', () => {
  it('says the smallest change and escapes keys', () => {
    const from = { metadata: { labels: { 'a/b': '1', gone: 'x' } }, list: [1, 2], same: {} };
    const to = { metadata: { labels: { 'a/b': '2', 'c~d': 'y' } }, list: [2], same: {} };
    expect(jsonPatch(from, to)).toEqual([
      { op: 'remove', path: '/metadata/labels/gone' },
      { op: 'replace', path: '/metadata/labels/a~1b', value: '2' },
      { op: 'add', path: '/metadata/labels/c~0d', value: 'y' },
      { op: 'replace', path: '/list', value: [2] },
    ]);
  });
});
