import { startKubeSandbox, type KubeSandbox } from '@heddle/kube-sandbox';
import { eventually } from '@heddle/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/api/api-client.ts';
import { Coalescer } from '../src/watch/coalescer.ts';
import { KindWatch, type KindStatus } from '../src/watch/kind-watch.ts';
import type { WatchedKind } from '../src/watch/project-object.ts';
import { Turnstile } from '../src/watch/turnstile.ts';
import type { ClusterLink } from '../src/cluster/cluster-link.ts';
import { BlackHole } from './black-hole.ts';
import { clientOf, credentialsOf, installWidgets, linkOf, WIDGET, widget, widgetBody } from './widgets.ts';

const WRITE = { force: false, dryRun: false };
const KIND: WatchedKind = { ...WIDGET, role: 'object', projection: null, throttle: [] };

describe('the watch of a kind', () => {
  let sandbox: KubeSandbox;
  let client: ApiClient;
  let link: ClusterLink;
  let coalescer: Coalescer;
  let statuses: KindStatus[];
  let stop: AbortController;
  let running: Promise<void>;
  let snapshots: number;
  let seen: Map<string, string>;

  function watch(kind = KIND, timing = { idleMs: 5_000, timeoutSeconds: 45, retryMs: 50 }): KindWatch {
    const kindWatch = new KindWatch({
      link, kind, namespace: 'default', coalescer, lists: new Turnstile(2), timing, signal: stop.signal, mayAsk: () => true,
      now: () => new Date(), monotonicMs: () => performance.now(), onNews: collect, onStatus: (_kind, status) => statuses.push(status),
    });
    running = kindWatch.run();
    return kindWatch;
  }

  function collect(): void {
    for (const pending of coalescer.take()) {
      if (pending.snapshot) {
        snapshots += 1;
        seen = new Map(pending.snapshot.map((item) => [item.name, item.resourceVersion]));
      }
      for (const item of pending.changes.values()) {
        if (item.change === 'present') seen.set(item.name, item.resourceVersion);
        else seen.delete(item.name);
      }
    }
  }

  beforeEach(async () => {
    sandbox = await startKubeSandbox();
    client = clientOf(credentialsOf(sandbox));
    await installWidgets(client);
    ({ link } = linkOf(credentialsOf(sandbox), { resetMs: 200 }));
    coalescer = new Coalescer();
    statuses = [];
    snapshots = 0;
    seen = new Map();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await link.close();
    await client.close();
    await sandbox.close();
  });

  const apply = (name: string, spec: object = { size: 1 }) => client.apply(widget(name), widgetBody(name, spec), WRITE);

  it('tells what exists, then each change and deletion', async () => {
    await apply('a');
    watch();
    await eventually(() => seen.has('a'));
    expect(snapshots).toBe(1);
    await apply('b');
    await eventually(() => seen.has('b'));
    await client.delete(widget('a'), {}, false);
    await eventually(() => !seen.has('a'));
    expect([snapshots, statuses.map((status) => status.state)]).toEqual([1, ['live']]);
  });

  it('goes on from its place when the server ends the watch', async () => {
    watch();
    await eventually(() => sandbox.openWatches() === 1);
    await apply('a');
    await eventually(() => seen.has('a'));
    sandbox.closeWatches();
    await apply('b');
    await eventually(() => seen.has('b'));
    expect([snapshots, statuses.map((status) => status.state)]).toEqual([1, ['live']]);
  });

  it('lists again when its place has expired', async () => {
    watch();
    await eventually(() => sandbox.openWatches() === 1);
    await apply('a');
    await eventually(() => seen.has('a'));
    sandbox.failRequests({ when: (request) => request.verb === 'watch', status: 410, message: 'too old', times: 1 });
    await client.delete(widget('a'), {}, false);
    sandbox.closeWatches();
    await eventually(() => snapshots === 2);
    await eventually(() => !seen.has('a'));
    expect(statuses.map((status) => status.state)).toEqual(['live']);
  });

  it('waits as long as an overloaded server asks', async () => {
    sandbox.failRequests({ when: (request) => request.verb === 'watch', status: 429, retryAfterSeconds: 1, times: 1 });
    const start = performance.now();
    watch();
    await eventually(() => sandbox.openWatches() === 1);
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  it('notices a stream that went silent and opens another', async () => {
    watch(KIND, { idleMs: 300, timeoutSeconds: 45, retryMs: 50 });
    await eventually(() => statuses.some((status) => status.state === 'live'));
    await eventually(() => statuses.some((status) => status.reason === 'Silent'));
    await apply('after-silence');
    await eventually(() => seen.has('after-silence'));
    expect(snapshots).toBe(1);
    await eventually(() => statuses.at(-1)?.state === 'live' || statuses.length > 3);
  });

  it('leaves a connection whose other end is gone without a word', async () => {
    const hole = await BlackHole.before(sandbox.url);
    await link.close();
    ({ link } = linkOf({ ...credentialsOf(sandbox), server: hole.url }));
    watch(KIND, { idleMs: 600, timeoutSeconds: 45, retryMs: 50 });
    await eventually(() => statuses.some((status) => status.state === 'live'));
    hole.swallow();
    await apply('beyond');
    await eventually(() => seen.has('beyond'));
    // On a slow machine the next try may be given up before the silence is told.
    expect(['Silent', 'TimedOut']).toContain(statuses.find((status) => status.state !== 'live')?.reason);
    expect(snapshots).toBe(1);
    stop.abort();
    await running;
    await link.close();
    await hole.close();
  });

  it('says why it is stale, and recovers when the cause is gone', async () => {
    const token = sandbox.createUser('watcher', ['system:masters']);
    await link.close();
    ({ link } = linkOf(credentialsOf(sandbox, token), { resetMs: 200 }));
    watch();
    await eventually(() => sandbox.openWatches() === 1);
    const heal = sandbox.failRequests({ when: (request) => request.user !== 'admin' && request.resource === 'widgets', status: 503 });
    sandbox.closeWatches();
    await eventually(() => statuses.some((status) => status.state === 'stale'));
    expect(statuses.map((status) => status.reason)).toContain('ServerError');
    heal();
    await eventually(() => statuses.at(-1)?.state === 'live');
  });

  it('names a kind that the cluster does not have', async () => {
    watch({ ...KIND, plural: 'gadgets', kind: 'Gadget' });
    await eventually(() => statuses.some((status) => status.reason === 'KindMissing'));
  });

  it('names a right that is missing', async () => {
    await link.close();
    ({ link } = linkOf(credentialsOf(sandbox, sandbox.createUser('powerless'))));
    watch();
    await eventually(() => statuses.some((status) => status.reason === 'Forbidden' && status.message.includes('cannot list')));
  });

  it('sees everything that changes, however often watches break', async () => {
    watch();
    for (let round = 0; round < 60; round += 1) {
      await apply(`w${round % 7}`, { size: round });
      if (round % 9 === 0) sandbox.closeWatches();
      if (round % 23 === 0) await client.delete(widget(`w${round % 7}`), {}, false);
    }
    await eventually(async () => {
      const listed = (await client.listPage(WIDGET, 'default')).body as { items: { metadata: { name: string; resourceVersion: string } }[] };
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(listed.items.map((item) => [item.metadata.name, item.metadata.resourceVersion])));
    });
  });
});
