import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube-object.ts';
import { Journal } from './journal.ts';
import { Store } from './store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const object = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'K', metadata: { name } });

function open(): { store: Store; journal: Journal } {
  const journal = new Journal(folder);
  return { store: new Store(journal), journal };
}

describe('Journal', () => {
  it('brings objects and the counter back', () => {
    const first = open();
    first.store.write('x', 'a', object('a'));
    first.store.remove('x', 'b', first.store.write('x', 'b', object('b')));
    const version = first.store.version;
    first.journal.close();
    const { store, journal } = open();
    expect(store.collection('x').all().map(({ metadata }) => metadata.name)).toEqual(['a']);
    expect(store.version).toBe(version);
    journal.close();
  });

  it('drops a last line that a crash cut short', () => {
    const first = open();
    first.store.write('x', 'a', object('a'));
    first.journal.close();
    appendFileSync(join(folder, 'objects.jsonl'), '{"c":"x","k":"b","v":300,"o":{"apiVer');
    const { store, journal } = open();
    expect(store.collection('x').size).toBe(1);
    journal.close();
  });

  it('is written anew when it has grown', () => {
    const { store, journal } = open();
    const big = { ...object('a'), spec: { text: 'x'.repeat(600_000) } };
    for (let round = 0; round < 40; round++) {
      store.write('x', 'a', big);
      journal.flush();
    }
    journal.close();
    expect(readFileSync(join(folder, 'objects.jsonl')).length).toBeLessThan(17 * 1024 * 1024);
    const again = open();
    expect(again.store.version).toBe(store.version);
    again.journal.close();
  });
});
