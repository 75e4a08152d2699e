import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, ObjectMeta } from '../src/kube-object.ts';
import { MERGE } from './contract-client.ts';
import { contractFixture } from './contract-fixture.ts';
import { ContractWatch } from './contract-watch.ts';
import { eventually } from './eventually.ts';

const { client, at, gadgets, create } = contractFixture('read');

interface List {
  items: (JsonObject & { metadata: ObjectMeta })[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

const list = async (query: string): Promise<List> => {
  const { body } = await client.expect(200, 'GET', `${gadgets}?${query}`);
  return body as unknown as List;
};
const names = ({ items }: List) => items.map(({ metadata }) => metadata.name);

describe('lists', () => {
  beforeAll(async () => {
    for (const n of [1, 2, 3, 4, 5]) await create(`list-${n}`, { title: 't', size: n }, { labels: { suite: 'list', parity: n % 2 === 0 ? 'even' : 'odd' } });
  });

  it('pages through one version of the collection', async () => {
    const first = await list('limit=2');
    expect(first.metadata.remainingItemCount).toBeGreaterThan(0);
    await client.expect(200, 'PATCH', at('list-5'), { spec: { size: 50 } }, { contentType: MERGE });
    const items = [...first.items];
    for (let next = first.metadata.continue; next !== undefined && next !== ''; ) {
      const page = await list(`limit=2&continue=${encodeURIComponent(next)}`);
      expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      items.push(...page.items);
      next = page.metadata.continue;
    }
    const last = items.find(({ metadata }) => metadata.name === 'list-5');
    expect(last?.spec).toMatchObject({ size: 5 });
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(items.length);
  });

  it('selects by label and counts no remainder then', async () => {
    const selected = await list(`labelSelector=${encodeURIComponent('suite=list,parity in (odd)')}&limit=2`);
    expect(names(selected)).toEqual(['list-1', 'list-3']);
    expect(selected.metadata.continue).toBeTruthy();
    expect(selected.metadata).not.toHaveProperty('remainingItemCount');
  });

  it('selects by name', async () => {
    expect(names(await list('fieldSelector=metadata.name%3Dlist-2'))).toEqual(['list-2']);
  });

  it('reads a recent version exactly', async () => {
    const { metadata } = await create('list-later');
    const before = String(Number(metadata.resourceVersion) - 1);
    expect(names(await list(`resourceVersion=${before}&resourceVersionMatch=Exact`))).not.toContain('list-later');
  });
});

describe('watches', () => {
  const watch = (query: string) => new ContractWatch(client, `${gadgets}?watch=true&${query}`);

  /** A server may end a watch whenever it likes; the whole of an attempt is repeated then. */
  const follow = (query: (version: string) => string, act: (round: string) => Promise<unknown>, enough: (seen: string[], round: string) => void) => {
    let round = 0;
    return eventually(async () => {
      const id = `r${round++}`;
      const { metadata } = await list('limit=1');
      const stream = watch(query(metadata.resourceVersion));
      try {
        await act(id);
        await eventually(() => Promise.resolve(enough(stream.seen(), id)), 4_000);
      } finally {
        await stream.stop();
      }
    }, 40_000);
  };

  it('tells each change after a version', async () => {
    await follow(
      (version) => `resourceVersion=${version}`,
      async (round) => {
        const name = `watch-${round}`;
        await create(name);
        await client.expect(200, 'PATCH', at(name), { spec: { size: 2 } }, { contentType: MERGE });
        await client.expect(200, 'PATCH', at(name), { spec: { size: 2 } }, { contentType: MERGE });
        await client.expect(200, 'DELETE', at(name));
      },
      (seen, round) => expect(seen).toEqual([`ADDED watch-${round}`, `MODIFIED watch-${round}`, `DELETED watch-${round}`]),
    );
  });

  it('replays what happened since an older version', async () => {
    const { metadata } = await create('watch-replay');
    await client.expect(200, 'PATCH', at('watch-replay'), { spec: { size: 3 } }, { contentType: MERGE });
    await eventually(async () => {
      const stream = watch(`resourceVersion=${metadata.resourceVersion}&fieldSelector=metadata.name%3Dwatch-replay`);
      try {
        await eventually(() => Promise.resolve(expect(stream.seen()).toEqual(['MODIFIED watch-replay'])), 3_000);
      } finally {
        await stream.stop();
      }
    }, 30_000);
  });

  it('tells a selector what enters and leaves', async () => {
    await follow(
      (version) => `resourceVersion=${version}&labelSelector=${encodeURIComponent('lane=in')}`,
      async (round) => {
        const name = `watch-lane-${round}`;
        await create(name);
        await client.expect(200, 'PATCH', at(name), { metadata: { labels: { lane: 'in' } } }, { contentType: MERGE });
        await client.expect(200, 'PATCH', at(name), { metadata: { labels: { lane: 'out' } } }, { contentType: MERGE });
      },
      (seen, round) => expect(seen).toEqual([`ADDED watch-lane-${round}`, `DELETED watch-lane-${round}`]),
    );
  });

  it('sends a bookmark before its own end', async () => {
    await eventually(async () => {
      const { metadata } = await list('limit=1');
      const stream = watch(`resourceVersion=${metadata.resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=8`);
      await stream.ended;
      const bookmark = stream.events.find(({ type }) => type === 'BOOKMARK');
      expect(Number(bookmark?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
    }, 50_000);
  });

  it('says that a version is too old', async () => {
    const stream = watch('resourceVersion=1');
    await stream.ended;
    expect(stream.status).toBe(200);
    expect(stream.events).toHaveLength(1);
    expect(stream.events[0]).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  });
});
