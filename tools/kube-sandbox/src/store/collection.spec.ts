import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { Store } from './store.ts';

const object = (name: string, size: number): KubeObject => ({ apiVersion: 'v1', kind: 'K', metadata: { name }, spec: { size } });
const writes = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.integer({ min: 0, max: 9 }), remove: fc.boolean() }), { maxLength: 40 });

describe('Collection', () => {
  it('reads every version as it was', () => {
    fc.assert(
      fc.property(writes, (list) => {
        const store = new Store();
        const collection = store.collection('x');
        const seen = new Map<number, KubeObject[]>([[store.version, []]]);
        for (const { name, size, remove } of list) {
          const live = collection.get(name);
          if (!remove) store.write('x', name, object(name, size));
          else if (live !== undefined) store.remove('x', name, live);
          seen.set(store.version, collection.all());
        }
        for (const [version, then] of seen) expect(collection.allAt(version)).toEqual(then);
      }),
    );
  });

  it('keeps its keys in order', () => {
    const store = new Store();
    for (const name of ['m', 'a', 'z', 'c']) store.write('x', name, object(name, 1));
    expect(store.collection('x').all().map(({ metadata }) => metadata.name)).toEqual(['a', 'c', 'm', 'z']);
  });

  it('gives a deletion a version of its own', () => {
    const store = new Store();
    const changes: string[] = [];
    store.listen('x', ({ type, object: { metadata } }) => changes.push(`${type} ${metadata.resourceVersion}`));
    const written = store.write('x', 'a', object('a', 1));
    store.remove('x', 'a', written);
    expect(changes).toEqual(['ADDED 201', 'DELETED 202']);
  });

  it('drops old changes and knows from where it can be watched', () => {
    const store = new Store();
    const collection = store.collection('x');
    store.write('x', 'a', object('a', 1));
    store.write('x', 'a', object('a', 2));
    collection.dropOlderThan(Date.now() - 1_000);
    expect(collection.oldestWatchable).toBe(200);
    collection.dropOlderThan(Date.now() + 1_000);
    expect(collection.oldestWatchable).toBe(202);
    expect(collection.changesAfter(202)).toEqual([]);
  });

  it('forgets list versions older than an age', () => {
    const store = new Store();
    store.write('x', 'a', object('a', 1));
    store.compactOlderThan(100, 1_000);
    store.write('x', 'a', object('a', 2));
    store.compactOlderThan(100, 1_050);
    expect(store.collection('x').oldestListable).toBe(200);
    store.compactOlderThan(100, 1_101);
    expect(store.collection('x').oldestListable).toBe(201);
  });
});
