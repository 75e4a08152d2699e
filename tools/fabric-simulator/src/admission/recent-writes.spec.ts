import { describe, expect, it } from 'vitest';
import type { FabricView } from '../fabric/fabric-view.ts';
import { viewOf } from '../fabric/fabric-view.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { AdmissionRequest } from './admission-review.ts';
import { jsonPatch } from './json-patch.ts';
import { RecentWrites } from './recent-writes.ts';

const server = (name: string, uid: string, resourceVersion?: string, description = ''): KubeObject =>
  ({ apiVersion: 'w', kind: 'Server', metadata: { name, uid, resourceVersion }, spec: { description } });
const request = (operation: AdmissionRequest['operation'], object: KubeObject, dryRun = false): AdmissionRequest =>
  ({ uid: '1', operation, object: operation === 'DELETE' ? null : object, oldObject: operation === 'CREATE' ? null : object, dryRun });
const names = (recent: RecentWrites): string[] => recent.list('Server').map(({ metadata }) => metadata.name).sort();
/** A cache that shows whatever stands in the list at the time. */
const cacheOf = (objects: KubeObject[]): FabricView => ({ get: (kind, name) => viewOf(objects).get(kind, name), list: (kind) => viewOf(objects).list(kind) });

describe('RecentWrites', () => {
  it('shows what the cache does not hold yet', () => {
    const recent = new RecentWrites(viewOf([server('a', 'u1', '1')]));
    recent.admitted(request('CREATE', server('b', 'u2')));
    recent.admitted(request('DELETE', server('a', 'u1', '1')));
    expect(names(recent)).toEqual(['b']);
    expect(recent.get('Server', 'a')).toBeUndefined();
  });

  it('leaves dry runs out', () => {
    const recent = new RecentWrites(viewOf([]));
    recent.admitted(request('CREATE', server('b', 'u1'), true));
    expect(names(recent)).toEqual([]);
  });

  it('follows the cache once that shows the write', () => {
    const cached = [server('a', 'u1', '1', 'old')];
    const recent = new RecentWrites(cacheOf(cached));
    recent.admitted(request('UPDATE', server('a', 'u1', '1', 'new')));
    expect(recent.get('Server', 'a')?.spec).toEqual({ description: 'new' });
    cached[0] = server('a', 'u1', '2', 'new');
    expect(recent.get('Server', 'a')?.metadata.resourceVersion).toBe('2');
    cached[0] = server('a', 'u1', '3', 'newer');
    expect(recent.get('Server', 'a')?.spec).toEqual({ description: 'newer' });
  });

  it('holds a second creation while the cache deletes the first', () => {
    const cached = [server('a', 'u1', '1')];
    const recent = new RecentWrites(cacheOf(cached));
    recent.admitted(request('DELETE', cached[0]!));
    recent.admitted(request('CREATE', server('a', 'u2')));
    expect(recent.get('Server', 'a')?.metadata.uid).toBe('u2');
    cached.length = 0;
    expect(recent.get('Server', 'a')?.metadata.uid).toBe('u2');
  });

  it('holds a delete while the cache awaits the creation', () => {
    const cached: KubeObject[] = [];
    const recent = new RecentWrites(cacheOf(cached));
    recent.admitted(request('CREATE', server('a', 'u1')));
    recent.admitted(request('DELETE', server('a', 'u1', '1')));
    expect(recent.get('Server', 'a')).toBeUndefined();
    cached.push(server('a', 'u1', '1'));
    expect(recent.get('Server', 'a')).toBeUndefined();
  });

  it('holds a delete while the cache shows an earlier namesake', () => {
    const cached = [server('a', 'u1', '1')];
    const recent = new RecentWrites(cacheOf(cached));
    recent.admitted(request('DELETE', server('a', 'u2', '5')));
    expect(recent.get('Server', 'a')).toBeUndefined();
    cached[0] = server('a', 'u3', '7');
    expect(recent.get('Server', 'a')?.metadata.uid).toBe('u3');
  });

  it('forgets a write that never came', () => {
    let now = 0;
    const recent = new RecentWrites(viewOf([]), () => now);
    recent.admitted(request('CREATE', server('b', 'u1')));
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
