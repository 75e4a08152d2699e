import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { SignalService } from '../src/fabrics/signal.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { connect, file, hear, namespaces, object, push, vpc, vpcSpec } from './messages-to-fabric.ts';
import { runningFabric } from './running-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const view = (id: string) => bench.get(FabricService).get(id);
const condition = async (id: string, type: string) => (await view(id)).conditions.find((each) => each.type === type);

async function watchBecomes(fabricId: string, kind: string, state: 'live' | 'stale', reason: string): Promise<void> {
  await bench.handle((tx) => bench.get(SignalService).watchChanged(tx, { fabricId, kind, watchEpoch: 2, sequence: 1, state, reason, message: reason, lastHeardAt: bench.now().toISOString() }));
}

describe('nothing is called healthy', () => {
  const carried = { vpcs: { 'vpc-1': vpcSpec(1), 'vpc-2': vpcSpec(2) } };

  it('while the watch of a kind that Git has is stale', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {} }, 'snapshot');
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'True' });
    expect((await view(id)).counts.converged).toBeGreaterThan(0);
    await watchBecomes(id, 'VPC', 'stale', 'Forbidden');
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'Unknown' });
    expect((await view(id)).counts.converged).toBe(0);
  });

  it('after a kind that was listed is missing', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {} }, 'snapshot');
    await watchBecomes(id, 'VPC', 'stale', 'KindMissing');
    expect(await condition(id, 'WatchesLive')).toMatchObject({ status: 'False', reason: 'KindMissing' });
    expect(await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-1' })).toMatchObject({ levels: { apiServer: 'unknown', switches: 'unknown' } });
  });

  it('where the cluster has no kind of Agents', async () => {
    const id = await runningFabric(bench);
    await watchBecomes(id, 'Agent', 'stale', 'KindMissing');
    expect(await condition(id, 'WatchesLive')).toMatchObject({ status: 'True' });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
  });

  it('on the word of an Agent whose clock runs ahead', async () => {
    const id = await runningFabric(bench);
    const heartbeat = new Date(bench.now().getTime() + 3_600_000);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: carried, heartbeat }, 'snapshot');
    expect((await view(id)).counts).toMatchObject({ switches: 1, switchesReady: 0 });
  });

  it('of a kind that no Agent carries', async () => {
    const id = await runningFabric(bench);
    expect((await view(id)).counts).toMatchObject({ resources: 4, unknown: 0 });
    await push(bench, id, { from: 't1', to: 't2', files: [file('server.yaml', object('Server', 'server-1', {}))] });
    expect((await view(id)).counts).toMatchObject({ resources: 5, unknown: 1 });
  });

  it('when nothing is heard of the cluster any more', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {} }, 'snapshot');
    await bench.database.query(`update watch set last_heard_at = now() - interval '3 minutes' where fabric_id = $1`, [id]);
    expect(await condition(id, 'WatchesLive')).toMatchObject({ status: 'False', reason: 'WatcherSilent' });
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'Unknown' });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
  });
});

describe('a fabric is in sync no longer', () => {
  it('while its cluster is unreachable, and again by a look afterwards', async () => {
    const id = await runningFabric(bench);
    expect((await view(id)).sync.state).toBe('in_sync');
    await bench.published();
    await connect(bench, id, 2, 'failed');
    expect(await view(id)).toMatchObject({ connection: { state: 'failed' }, sync: { state: 'out_of_sync', reason: 'ClusterUnreachable' } });
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' });
    await connect(bench, id, 3);
    expect((await view(id)).sync).toMatchObject({ state: 'in_sync', reason: 'NoDifference' });
    expect(dataOf(await bench.published(), 'fabric.sync_changed').map(({ from, to }) => `${from} ${to}`)).toEqual(['in_sync out_of_sync', 'out_of_sync syncing', 'syncing in_sync']);
  });

  it('while a document is held', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [file('two.yaml', { broken: 'tab' })] });
    expect((await view(id)).sync).toMatchObject({ state: 'out_of_sync', reason: 'SourceIncomplete' });
    await push(bench, id, { from: 't2', to: 't3', files: [file('two.yaml', vpc(2))] });
    await bench.work();
    expect((await view(id)).sync.state).toBe('in_sync');
  });

  it('while its directory is missing or its source fails', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: null, totalFiles: 0 });
    expect((await view(id)).sync).toMatchObject({ state: 'out_of_sync', reason: 'SourceIncomplete' });
    await push(bench, id, { from: null, to: 't1', files: [file('one.yaml', vpc(1)), file('two.yaml', vpc(2)), file('pools.yaml', ...namespaces)] });
    await bench.work();
    expect((await view(id)).sync.state).toBe('in_sync');
    const { source: { repositoryId } } = await view(id);
    const source = (state: 'ready' | 'failing') => bench.handle((tx) => bench.get(SignalService).sourceChanged(tx, { fabricId: id, repositoryId, state, reason: state, message: state, since: bench.now().toISOString(), nextTryAt: null }));
    await source('failing');
    expect((await view(id)).sync).toMatchObject({ state: 'out_of_sync', reason: 'SourceFailing' });
    await source('ready');
    expect((await view(id)).sync.state).toBe('in_sync');
  });
});
