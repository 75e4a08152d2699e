import type { ClusterView, FabricView, OperationView } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mesh } from './mesh.ts';
import { vpcDocument } from './vpc-document.ts';

let mesh: Mesh;
beforeAll(async () => {
  // A minute's silence and ten seconds' pauses are for real fabrics; here everything is near.
  const environment = { HEDDLE_CLUSTER_RETRY_MS: '2000', HEDDLE_CLUSTER_PROBE_MS: '4000', HEDDLE_WATCH_IDLE_MS: '8000', HEDDLE_WATCH_TIMEOUT_SECONDS: '6' };
  mesh = await Mesh.start({ fabrics: ['spine-leaf', 'mesh'], environment });
  await Promise.all([mesh.converged('spine-leaf'), mesh.converged('mesh')]);
});
afterAll(() => mesh?.stop());

/** Pushes a change to both fabrics; the mesh's must arrive while the other one is in trouble. */
async function pushToBoth(n: number): Promise<string> {
  return mesh.push({ [`mesh/tenants/side-${n}.yaml`]: vpcDocument('mesh', `side-${n}`, n), [`spine-leaf/vpcs/s-${n}.yaml`]: vpcDocument('spine-leaf', `s-${n}`, n) }, `Change ${n}`);
}

async function brokenWith(reason: RegExp): Promise<FabricView> {
  return eventually(async () => {
    const view = await mesh.view('spine-leaf');
    if (view.connection.state !== 'failed' || !reason.test(view.connection.reason)) throw new Error(`${view.connection.state} ${view.connection.reason}`);
    if (view.connection.breaker.state === 'open' && !view.connection.breaker.nextTryAt) throw new Error('no next try');
    return view.connection.breaker.state === 'closed' ? false : view;
  }, { timeout: 60_000, interval: 200 });
}

describe('a fabric in trouble', () => {
  it('names a refused token and leaves the others alone', async () => {
    const { api, token } = mesh.fabric('spine-leaf');
    api.revokeToken(token);
    api.closeWatches();
    const commit = await pushToBoth(0);
    await mesh.converged('mesh', commit);
    const view = await brokenWith(/Unauthorized/);
    expect(view.conditions.find((c) => c.type === 'Converged')?.status).not.toBe('True');
    const fresh = api.createUser('heddle', ['system:masters']);
    mesh.fabric('spine-leaf').token = fresh;
    await mesh.rest.call('PUT', 'fabrics/spine-leaf/cluster', { server: api.url, certificateAuthority: api.caPem, authentication: { type: 'token', token: fresh } });
    await mesh.converged('spine-leaf', commit, 90_000);
  });

  it('shows a hanging API server with its breaker and next try', async () => {
    const { api } = mesh.fabric('spine-leaf');
    api.pause();
    const commit = await pushToBoth(1);
    await mesh.converged('mesh', commit);
    const view = await brokenWith(/TimedOut|Unreachable/);
    expect(view.connection.breaker.lastError).toBeTruthy();
    api.resume();
    api.closeWatches();
    await mesh.converged('spine-leaf', commit, 90_000);
    const cluster = await mesh.rest.get<ClusterView>('fabrics/spine-leaf/cluster');
    expect(cluster.connection.state).toBe('connected');
  });

  it('goes on when an API server that was down is back', async () => {
    const startAgain = await mesh.stopApi('spine-leaf');
    const commit = await pushToBoth(2);
    await mesh.converged('mesh', commit);
    const view = await brokenWith(/ConnectionRefused|Unreachable/);
    expect(view.connection.breaker.nextTryAt).not.toBeNull();
    expect(view.conditions.find((c) => c.type === 'Converged')?.status).not.toBe('True');
    await startAgain();
    await mesh.converged('spine-leaf', commit, 90_000);
  });

  it('shows which try of a step failed and when the next one is', async () => {
    const { api } = mesh.fabric('spine-leaf');
    const heal = api.failRequests({ status: 503, when: (request) => request.verb === 'patch' && request.name === 's-3' });
    const commit = await pushToBoth(3);
    await eventually(async () => {
      const [running] = (await mesh.rest.get<{ items: { id: string; commit: string }[] }>('operations?fabric=spine-leaf&limit=1')).items;
      const operation = await mesh.rest.get<OperationView>(`operations/${running!.id}`);
      return operation.commit === commit && operation.state === 'in_progress' && operation.steps.some((step) => step.name === 's-3' && step.state === 'retry' && /503|ServerError/.test(step.reason + step.message));
    }, { timeout: 20_000, interval: 100 });
    heal();
    await mesh.converged('spine-leaf', commit);
  });
});

describe('services that are down', () => {
  it('are named with a time to try again while others answer', async () => {
    const [gitSync] = mesh.processes('git-sync');
    await gitSync!.kill();
    mesh.services.splice(mesh.services.indexOf(gitSync!), 1);
    const answer = await eventually(async () => {
      const got = await mesh.rest.send('GET', 'repositories');
      return got.status === 503 ? got : false;
    });
    expect(answer.body).toMatchObject({ status: 503 });
    expect(answer.body.detail).toContain('git-sync');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await mesh.rest.send('GET', 'fabrics')).status).toBe(200);
    await mesh.launch('git-sync');
    await eventually(async () => (await mesh.rest.send('GET', 'repositories')).status === 200, { timeout: 30_000 });
  });
});
