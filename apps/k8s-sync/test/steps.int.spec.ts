import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startKubeSandbox, type KubeSandbox } from '@heddle/kube-sandbox';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../src/api/api-client.ts';
import { objectOf } from '../src/api/kube-answer.ts';
import { type JobInput, ServiceUnderTest } from './service-under-test.ts';
import { clientOf, credentialsOf, installWidgets, widget, widgetBody } from './widgets.ts';

const WRITE = { force: false, dryRun: false };

describe('steps', () => {
  let sandbox: KubeSandbox;
  let client: ApiClient;
  let mesh: ServiceUnderTest;
  let fabricId: string;
  let number = 0;

  beforeAll(async () => {
    sandbox = await startKubeSandbox();
    client = clientOf(credentialsOf(sandbox));
    await installWidgets(client);
    mesh = await ServiceUnderTest.start();
    fabricId = await mesh.enter(sandbox);
  });
  afterAll(async () => {
    await mesh.stop();
    await client.close();
    await sandbox.close();
  });

  const create = (name: string, spec: object = { size: 1 }, extra: object = {}) => ({ stepId: name, action: 'create' as const, target: widget(name), body: widgetBody(name, spec), ...extra });
  const run = (steps: JobInput['steps'], extra: object = {}) => mesh.apply({ fabricId, operationNumber: ++number, steps, ...extra });
  const put = async (name: string, spec: object = { size: 1 }) => objectOf(await client.apply(widget(name), widgetBody(name, spec), WRITE))!.metadata;

  /** A job that is in the database as a former owner left it. @param sent the steps that it had sent, and their last outcome */
  async function insertJob(steps: JobInput['steps'], { deadlineMs = 20_000, concurrency = 4, sent = {} }: { deadlineMs?: number; concurrency?: number; sent?: Record<string, 'waiting' | null> } = {}): Promise<string> {
    const [operationId, jobId] = [randomUUID(), randomUUID()];
    number += 1;
    await mesh.database.transaction(async (tx) => {
      await tx.query(`INSERT INTO job (job_id, fabric_id, operation_id, operation_number, dry_run, deadline, concurrency, chunks, chunks_seen, context) VALUES ($1, $2, $3, $4, false, $5, $6, 1, '{1}', $7)`,
        [jobId, fabricId, operationId, number, new Date(Date.now() + deadlineMs), concurrency, JSON.stringify({ correlationId: 'x' })]);
      for (const [position, step] of steps.entries()) {
        const wasSent = step.stepId in sent;
        const outcome = sent[step.stepId] ? JSON.stringify({ type: sent[step.stepId], on: 'finalizers', since: new Date().toISOString() }) : null;
        await tx.query(
          `INSERT INTO step (operation_id, step_id, attempt, job_id, fabric_id, operation_number, position, depends_on, spec, state, sent_at, outcome) VALUES ($1, $2, 1, $3, $4, $5, $6, '{}', $7, $8, $9, $10)`,
          [operationId, step.stepId, jobId, fabricId, number, position, JSON.stringify({ attempt: 1, preconditions: {}, force: false, dependsOn: [], ...step }), wasSent ? 'sent' : 'pending', wasSent ? new Date(Date.now() - 3_000) : null, outcome]);
      }
    });
    return operationId;
  }

  it('applies a graph in its order and tells the live objects', async () => {
    const operation = await run([create('g3', { size: 3 }, { dependsOn: ['g2'] }), create('g1'), create('g2', { size: 2 }, { dependsOn: ['g1'] })]);
    const outcomes = await mesh.outcomes(operation, 3);
    expect(outcomes['g3']).toMatchObject({ type: 'done', changed: true, live: { spec: { size: 3, color: 'red' }, metadata: { uid: expect.any(String) } } });
    const order = ['g1', 'g2', 'g3'].map((name) => sandbox.requestLog.findIndex((request) => request.method === 'PATCH' && request.name === name));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('updates what the plan saw, and says when nothing changed', async () => {
    const { uid, resourceVersion } = await put('up');
    const changed = await mesh.outcomes(await run([{ stepId: 'up', action: 'apply', target: widget('up'), body: widgetBody('up', { size: 9 }), preconditions: { uid, resourceVersion } }]), 1);
    expect(changed['up']).toMatchObject({ type: 'done', changed: true, live: { spec: { size: 9 } } });
    const { metadata } = objectOf(await client.get(widget('up')))!;
    const same = await mesh.outcomes(await run([{ stepId: 'up', action: 'apply', target: widget('up'), body: widgetBody('up', { size: 9 }), preconditions: { uid, resourceVersion: metadata.resourceVersion } }]), 1);
    expect(same['up']).toMatchObject({ type: 'done', changed: false });
  });

  it('stalls on what changed after the plan', async () => {
    const { uid, resourceVersion } = await put('stale');
    await put('stale', { size: 2 });
    const preconditions = { uid, resourceVersion };
    await put('taken');
    const outcomes = await mesh.outcomes(await run([
      { stepId: 'apply', action: 'apply', target: widget('stale'), body: widgetBody('stale', { size: 3 }), preconditions },
      { stepId: 'delete', action: 'delete', target: widget('stale'), preconditions },
      create('taken', { size: 7 }),
    ]), 3);
    expect(outcomes).toMatchObject({ apply: { type: 'stalled', reason: 'StaleResourceVersion' }, delete: { type: 'stalled', reason: 'StaleResourceVersion' }, taken: { type: 'stalled', reason: 'AlreadyExists' } });
    expect(objectOf(await client.get(widget('stale')))).toMatchObject({ spec: { size: 2 } });
  });

  it('names field, manager and remedy of a conflict', async () => {
    await client.mergePatch(widget('foreign'), {}, false);
    await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets?fieldManager=kubectl-edit', widgetBody('foreign', { size: 4 }));
    const { uid, resourceVersion } = objectOf(await client.get(widget('foreign')))!.metadata;
    const outcomes = await mesh.outcomes(await run([{ stepId: 'f', action: 'apply', target: widget('foreign'), body: widgetBody('foreign', { size: 5 }), preconditions: { uid, resourceVersion } }]), 1);
    expect(outcomes['f']).toMatchObject({ type: 'stalled', reason: 'FieldConflict', remedy: expect.stringContaining('adopt'), causes: [{ field: 'spec.size', manager: 'kubectl-edit' }] });
    const owned = await mesh.outcomes(await run([{ stepId: 'own', action: 'take_ownership', target: widget('foreign'), fromManagers: ['kubectl-edit'], preconditions: { uid, resourceVersion } }]), 1);
    expect(owned['own']).toMatchObject({ type: 'done', changed: true });
    const after = objectOf(await client.get(widget('foreign')))!.metadata;
    expect(after.managedFields?.map((entry) => `${entry.manager} ${entry.operation}`)).toEqual(['heddle Apply']);
    const applied = await mesh.outcomes(await run([{ stepId: 'f2', action: 'apply', target: widget('foreign'), body: widgetBody('foreign', { size: 5 }), preconditions: { uid, resourceVersion: after.resourceVersion } }]), 1);
    expect(applied['f2']).toMatchObject({ type: 'done', changed: true, live: { spec: { size: 5 } } });
  });

  it('takes away what Git dropped once it has the fields of others', async () => {
    const path = '/apis/demo.heddle.test/v1/namespaces/default/widgets';
    const created = objectOf(await client.post(`${path}?fieldManager=kubectl-client-side-apply`, widgetBody('existing', { size: 4, title: 'by hand' })))!;
    expect(created.metadata.managedFields).toMatchObject([{ manager: 'kubectl-client-side-apply', operation: 'Update' }]);
    const both = objectOf(await client.mergePatch(widget('existing'), { spec: { color: 'blue' } }, false, 'hhfab'))!;
    const { uid, resourceVersion } = both.metadata;
    const steps = [
      { stepId: 'own', action: 'take_ownership' as const, target: widget('existing'), fromManagers: ['kubectl-client-side-apply', 'hhfab'], preconditions: { uid, resourceVersion } },
      { stepId: 'drop', action: 'apply' as const, target: widget('existing'), body: widgetBody('existing', { size: 4 }), preconditions: { uid }, dependsOn: ['own'] },
    ];
    // Without the move the fields stay: somebody else holds them.
    const kept = await mesh.outcomes(await run([{ ...steps[1]!, dependsOn: [] }]), 1);
    expect(kept['drop']).toMatchObject({ type: 'done', live: { spec: { size: 4, title: 'by hand', color: 'blue' } } });
    steps[0]!.preconditions.resourceVersion = objectOf(await client.get(widget('existing')))!.metadata.resourceVersion;
    const outcomes = await mesh.outcomes(await run(steps), 2);
    expect(outcomes).toMatchObject({ own: { type: 'done', changed: true }, drop: { type: 'done', changed: true } });
    const live = objectOf(await client.get(widget('existing')))!;
    // What has a default is back at it.
    expect(live['spec']).toEqual({ size: 4, color: 'red' });
    expect(live.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['heddle']);
  });

  it('makes an object again when its delete has come to its end', async () => {
    const before = objectOf(await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets', widgetBody('again', { size: 1 }, { finalizers: ['heddle.test/hold'] })))!.metadata;
    const operation = await run([
      { stepId: 'create/again', action: 'create', target: widget('again'), body: widgetBody('again', { size: 2 }), dependsOn: ['delete/again'] },
      { stepId: 'delete/again', action: 'delete', target: widget('again'), preconditions: { uid: before.uid, resourceVersion: before.resourceVersion } },
    ]);
    await eventually(() => mesh.told(operation).some(({ stepId, outcome }) => stepId === 'delete/again' && outcome.type === 'waiting'));
    await client.mergePatch(widget('again'), { metadata: { finalizers: null } }, false);
    expect(await mesh.outcomes(operation, 2)).toMatchObject({ 'delete/again': { type: 'done', live: null }, 'create/again': { type: 'done', changed: true, live: { spec: { size: 2 } } } });
    expect(objectOf(await client.get(widget('again')))!.metadata.uid).not.toBe(before.uid);
  });

  it('lets a failing object delay only what depends on it', async () => {
    const outcomes = await mesh.outcomes(await run([
      create('bad', { size: 5_000 }), create('unknown', { size: 1, bogus: 2 }), create('child', { size: 1 }, { dependsOn: ['bad'] }), create('grandchild', { size: 1 }, { dependsOn: ['child'] }), create('free'),
    ]), 5);
    expect(outcomes).toMatchObject({
      bad: { type: 'stalled', reason: 'Invalid', causes: [{ field: 'spec.size' }] }, unknown: { type: 'stalled', reason: 'Invalid' },
      child: { type: 'not_started', reason: 'DependencyFailed', message: expect.stringContaining('bad') },
      grandchild: { type: 'not_started', reason: 'DependencyFailed' }, free: { type: 'done' },
    });
  });

  it('stores nothing in a dry run', async () => {
    await put('dry-kept');
    const steps = [create('dry-a'), create('dry-b', { size: 5_000 }), { stepId: 'dry-kept', action: 'delete' as const, target: widget('dry-kept') }];
    const outcomes = await mesh.outcomes(await run(steps, { dryRun: true }), 3);
    expect(outcomes).toMatchObject({ 'dry-a': { type: 'done' }, 'dry-b': { type: 'stalled', reason: 'Invalid' }, 'dry-kept': { type: 'done' } });
    expect((await client.get(widget('dry-kept'))).status).toBe(200);
    expect((await client.get(widget('dry-a'))).status).toBe(404);
  });

  it('deletes, and waits for the finalizers by name', async () => {
    await put('plain');
    await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets', widgetBody('held', { size: 1 }, { finalizers: ['heddle.test/hold'] }));
    const metaOf = async (name: string) => { const { uid, resourceVersion } = objectOf(await client.get(widget(name)))!.metadata; return { uid, resourceVersion }; };
    const operation = await run([
      { stepId: 'plain', action: 'delete', target: widget('plain'), preconditions: await metaOf('plain') },
      { stepId: 'held', action: 'delete', target: widget('held'), preconditions: await metaOf('held') },
      { stepId: 'absent', action: 'delete', target: widget('never-was') },
      create('after-held', { size: 1 }, { dependsOn: ['held'] }),
    ]);
    await eventually(() => mesh.told(operation).some(({ stepId, outcome }) => stepId === 'held' && outcome.type === 'waiting' && outcome.on === 'finalizers heddle.test/hold'));
    expect((await client.get(widget('after-held'))).status).toBe(404);
    await client.mergePatch(widget('held'), { metadata: { finalizers: null } }, false);
    const outcomes = await mesh.outcomes(operation, 4);
    expect(outcomes).toMatchObject({ plain: { type: 'done', live: null }, held: { type: 'done', live: null }, absent: { type: 'done', changed: false }, 'after-held': { type: 'done' } });
  });

  it('looks before it sends again what timed out after it took effect', async () => {
    // The server hangs while the request is in its hands, and carries it out later.
    sandbox.setLatency(0);
    const operation = run([create('late')]);
    sandbox.pause();
    await new Promise((resolve) => setTimeout(resolve, 4_600));
    sandbox.resume();
    expect(await mesh.outcomes(await operation, 1)).toMatchObject({ late: { type: 'done', changed: true } });
    expect(objectOf(await client.get(widget('late')))!.metadata.generation).toBe(1);
    await eventually(() => mesh.connectionsOf(fabricId).at(-1) === 'connected Connected');
  }, 20_000);

  it('keeps to the concurrency that the job names', async () => {
    sandbox.setLatency(40);
    const from = sandbox.requestLog.length;
    const operation = await run(Array.from({ length: 12 }, (_, index) => create(`c${index}`)), { concurrency: 3 });
    await mesh.outcomes(operation, 12);
    sandbox.setLatency(0);
    const starts = sandbox.requestLog.slice(from).filter((request) => request.method === 'PATCH').map((request) => request.at);
    // Twelve requests of 40 ms, three at a time, take four rounds.
    expect(starts.at(-1)! - starts[0]!).toBeGreaterThan(110);
  });

  it('starts an operation when the one before it has all its outcomes', async () => {
    sandbox.setLatency(100);
    const first = await run([create('first-a'), create('first-b', { size: 1 }, { dependsOn: ['first-a'] })]);
    // Two jobs on their way may be stored in either order; fabric sends one when the other has ended.
    await eventually(async () => (await mesh.database.query(`SELECT 1 FROM job WHERE operation_id = $1`, [first])).length === 1);
    const second = await run([create('second')]);
    await Promise.all([mesh.outcomes(first, 2), mesh.outcomes(second, 1)]);
    sandbox.setLatency(0);
    const at = (name: string) => sandbox.requestLog.find((request) => request.method === 'PATCH' && request.name === name)!.at;
    expect(at('second')).toBeGreaterThanOrEqual(at('first-b') + 90);
  });

  it('takes back what was not sent when the operation is cancelled', async () => {
    sandbox.setLatency(150);
    const steps = Array.from({ length: 30 }, (_, index) => create(`x${index}`));
    const operation = await run(steps, { concurrency: 2 });
    await eventually(() => sandbox.requestLog.some((request) => request.method === 'PATCH' && request.name.startsWith('x')));
    await mesh.publish('steps.cancel', { fabricId, operationId: operation, reason: 'a person said so' });
    const outcomes = Object.values(await mesh.outcomes(operation, 30));
    sandbox.setLatency(0);
    const started = outcomes.filter((outcome) => outcome.type === 'done').length;
    expect(started).toBeGreaterThan(0);
    expect(started).toBeLessThan(15);
    expect(outcomes.filter((outcome) => outcome.type === 'not_started' && outcome.reason === 'Cancelled')).toHaveLength(30 - started);
  });

  it('takes back single steps and what depends on them, and goes on with the rest', async () => {
    sandbox.setLatency(150);
    const operation = await run([create('w0'), create('w1'), create('w2', { size: 1 }, { dependsOn: ['w0'] }), create('w3', { size: 1 }, { dependsOn: ['w2'] }), create('w4', { size: 1 }, { dependsOn: ['w1'] })], { concurrency: 1 });
    await mesh.publish('steps.cancel', { fabricId, operationId: operation, reason: 'Git moved on', stepIds: ['w2'] });
    const outcomes = await mesh.outcomes(operation, 5);
    sandbox.setLatency(0);
    expect(outcomes).toMatchObject({
      w0: { type: 'done' }, w1: { type: 'done' }, w4: { type: 'done' },
      w2: { type: 'not_started', reason: 'Superseded', message: 'Git moved on' }, w3: { type: 'not_started', reason: 'Superseded', message: expect.stringContaining('taken back') },
    });
    expect((await client.get(widget('w2'))).status).toBe(404);
  });

  it('waits for no finalizers once the operation is cancelled', async () => {
    await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets', widgetBody('kept', { size: 1 }, { finalizers: ['heddle.test/keep'] }));
    const operation = await run([{ stepId: 'kept', action: 'delete', target: widget('kept') }, create('after-kept', { size: 1 }, { dependsOn: ['kept'] })]);
    await eventually(() => mesh.told(operation).some(({ outcome }) => outcome.type === 'waiting'));
    await mesh.publish('steps.cancel', { fabricId, operationId: operation, reason: 'a person said so' });
    expect(await mesh.outcomes(operation, 2)).toMatchObject({
      kept: { type: 'stalled', reason: 'FinalizersRemain', message: expect.stringContaining('heddle.test/keep') }, 'after-kept': { type: 'not_started', reason: 'Cancelled' },
    });
    await client.mergePatch(widget('kept'), { metadata: { finalizers: null } }, false);
  });

  it('says once of a delete that is due for a look that it was accepted', async () => {
    const names = ['due-own', 'due-heir'];
    for (const name of names) await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets', widgetBody(name, { size: 1 }, { finalizers: ['heddle.test/due'] }));
    await client.delete(widget('due-heir'), {}, false);
    sandbox.setLatency(600);
    // One at a time: the looks at what waits stand behind the creates. The first was sent by a former owner.
    const operationId = await insertJob([
      { stepId: 'due-heir', action: 'delete', target: widget('due-heir') }, { stepId: 'due-own', action: 'delete', target: widget('due-own') },
      ...Array.from({ length: 8 }, (_, index) => create(`due-${index}`)),
    ], { concurrency: 1, sent: { 'due-heir': 'waiting' } });
    await eventually(() => sandbox.requestLog.some((request) => request.method === 'PATCH' && request.name === 'due-1'));
    await mesh.publish('steps.cancel', { fabricId, operationId, reason: 'a person said so' });
    await mesh.outcomes(operationId, 10);
    sandbox.setLatency(0);
    await mesh.outcomes(await run([create('after-due')]), 1);
    for (const name of names) expect(mesh.told(operationId).filter(({ stepId, outcome }) => stepId === name && outcome.type !== 'waiting')).toMatchObject([{ outcome: { type: 'stalled', reason: 'FinalizersRemain' } }]);
    for (const name of names) await client.mergePatch(widget(name), { metadata: { finalizers: null } }, false);
  });

  it('waits for all chunks of a job, and takes a repeated one once', async () => {
    const steps = Array.from({ length: 250 }, (_, index) => create(`n${index}`, { size: index % 100 }, index > 0 ? { dependsOn: [`n${Math.floor((index - 1) / 4)}`] } : {}));
    const operation = await run(steps);
    const outcomes = await mesh.outcomes(operation, 250);
    expect(Object.values(outcomes).every((outcome) => outcome.type === 'done')).toBe(true);
    expect([...sandbox.requestCounts()].filter(([key, count]) => /\/n\d+$/.test(key) && count !== 1)).toEqual([]);
    const [left] = await mesh.database.query<{ count: string }>(`SELECT count(*) FROM step WHERE spec IS NOT NULL`);
    expect(left!.count).toBe('0');
  });

  it('overrules other managers only where the plan says so, and fences', async () => {
    await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets?fieldManager=kubectl-edit', widgetBody('forced', { size: 4 }));
    const { uid, resourceVersion } = objectOf(await client.get(widget('forced')))!.metadata;
    const operation = await run([
      { stepId: 'force', action: 'apply', target: widget('forced'), body: widgetBody('forced', { size: 5 }), preconditions: { uid, resourceVersion }, force: true },
      { stepId: 'fence', action: 'fence', target: widget('forced'), dependsOn: ['force'] },
    ]);
    const outcomes = await mesh.outcomes(operation, 2);
    expect(outcomes['force']).toMatchObject({ type: 'done', live: { spec: { size: 5 } } });
    expect(outcomes['fence']).toMatchObject({ type: 'done', changed: true, live: { metadata: { annotations: { 'heddle/fence': `${operation}/fence/1` } } } });
  });

  it('takes the same command twice and acts once', async () => {
    const operationId = randomUUID();
    const job = { fabricId, operationId, operationNumber: ++number, jobId: randomUUID(), chunk: 1, chunks: 1, deadline: new Date(Date.now() + 20_000).toISOString(), steps: [{ attempt: 1, ...create('twice') }] };
    await mesh.publish('steps.apply', job);
    await mesh.publish('steps.apply', job);
    await mesh.outcomes(operationId, 1);
    await mesh.publish('steps.apply', job);
    const after = await run([create('after-twice')]);
    await mesh.outcomes(after, 1);
    expect(mesh.told(operationId)).toHaveLength(1);
    expect(sandbox.requestLog.filter((request) => request.method === 'PATCH' && request.name === 'twice')).toHaveLength(1);
  });

  it('starts nothing of what was cancelled before it came', async () => {
    const operationId = randomUUID();
    await mesh.publish('steps.cancel', { fabricId, operationId, reason: 'too late' });
    await eventually(async () => (await mesh.database.query(`SELECT 1 FROM cancellation WHERE operation_id = $1`, [operationId])).length === 1);
    await run([create('never')], { operationId });
    expect(await mesh.outcomes(operationId, 1)).toMatchObject({ never: { type: 'not_started', reason: 'Cancelled', message: 'too late' } });
  });

  it('continues after a dependency that another job of the operation brings', async () => {
    const operationId = await run([create('later-b', { size: 1 }, { dependsOn: ['later-a'] })]);
    await mesh.apply({ fabricId, operationId, operationNumber: number, steps: [create('later-a')] });
    expect(await mesh.outcomes(operationId, 2)).toMatchObject({ 'later-a': { type: 'done' }, 'later-b': { type: 'done' } });
  });

  it('settles what a former owner sent although its deadline has passed', async () => {
    await put('orphan-landed', { size: 8 });
    const before = await put('orphan-lost', { size: 1 });
    const operationId = await insertJob([
      create('orphan-landed', { size: 8 }), { stepId: 'orphan-lost', action: 'apply', target: widget('orphan-lost'), body: widgetBody('orphan-lost', { size: 8 }), preconditions: { resourceVersion: before.resourceVersion } },
    ], { deadlineMs: -3_600_000, sent: { 'orphan-landed': null, 'orphan-lost': null } });
    expect(await mesh.outcomes(operationId, 2)).toMatchObject({ 'orphan-landed': { type: 'done', changed: true }, 'orphan-lost': { type: 'not_started', reason: 'DeadlinePassed' } });
    expect(objectOf(await client.get(widget('orphan-lost')))).toMatchObject({ spec: { size: 1 }, metadata: { annotations: { 'heddle/fence': `${operationId}/orphan-lost/1` } } });
  });

  // Operations of a fabric come one after the other; these wait long, so each has a fabric of its own, and they wait together.
  describe.concurrent('of fabrics of their own', () => {
    const inOwnFabric = async (steps: Parameters<typeof run>[0], extra: object = {}) => run(steps, { fabricId: await mesh.enter(sandbox), ...extra });

    let hook: Server;
    let asked = 0;

    // An admission webhook that takes longer than a request.
    beforeAll(async () => {
      hook = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
          const { request: { uid, name } } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: { uid: string; name: string } };
          if (name.startsWith('slow-')) asked += 1;
          setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true } })), name.startsWith('slow-') ? 7_000 : 0);
        });
      });
      await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
      await client.post('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
        apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'slow' },
        webhooks: [{
          name: 'slow.heddle.test', failurePolicy: 'Ignore', admissionReviewVersions: ['v1'], sideEffects: 'None', timeoutSeconds: 20, clientConfig: { url: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/validate` },
          rules: [{ apiGroups: ['demo.heddle.test'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['widgets'] }],
        }],
      });
    });
    afterAll(() => { hook.close(); });

    it('learns that a cancelled create landed after its request timed out', async () => {
      const own = await mesh.enter(sandbox);
      const operation = await run([create('slow-cancelled')], { fabricId: own });
      await eventually(() => mesh.told(operation).some(({ outcome }) => outcome.type === 'retry' && outcome.reason === 'TimedOut'), { timeout: 10_000 });
      await mesh.publish('steps.cancel', { fabricId: own, operationId: operation, reason: 'a person said so' });
      expect(await mesh.outcomes(operation, 1)).toMatchObject({ 'slow-cancelled': { type: 'done', live: { metadata: { name: 'slow-cancelled' } } } });
      expect(asked).toBeGreaterThan(0);
    }, 30_000);

    it('learns that a create landed after its deadline', async () => {
      const operation = await inOwnFabric([create('slow-late')], { deadlineMs: 4_500 });
      expect(await mesh.outcomes(operation, 1)).toMatchObject({ 'slow-late': { type: 'done', live: { metadata: { name: 'slow-late' } } } });
    }, 30_000);

    it('names the open breaker as the cause of what was never sent', async () => {
      const heal = sandbox.failRequests({ when: (request) => request.method === 'PATCH' && /^(opens-|shut)/.test(request.name ?? ''), status: 503 });
      const own = await mesh.enter(sandbox);
      await mesh.outcomes(await run(Array.from({ length: 30 }, (_, index) => create(`opens-${index}`)), { fabricId: own, deadlineMs: 4_000 }), 30);
      // What is behind stands before what it waits for.
      const outcomes = await mesh.outcomes(await run([create('shut-behind', { size: 1 }, { dependsOn: ['shut'] }), create('shut')], { fabricId: own, deadlineMs: 3_000 }), 2);
      heal();
      expect(outcomes).toMatchObject({ shut: { type: 'stalled', reason: 'ClusterUnreachable' }, 'shut-behind': { type: 'not_started', reason: 'DependencyFailed' } });
      expect(await mesh.outcomes(await run([create('opens-again')], { fabricId: own }), 1)).toMatchObject({ 'opens-again': { type: 'done' } });
      await eventually(() => mesh.connectionsOf(own).at(-1) === 'connected Connected');
    });

    it('gives up at the deadline while the cluster is away', async () => {
      const heal = sandbox.failRequests({ when: (request) => request.method === 'PATCH' && ['away', 'behind'].includes(request.name ?? ''), status: 503 });
      const own = await mesh.enter(sandbox);
      const outcomes = await mesh.outcomes(await run([create('away'), create('behind', { size: 1 }, { dependsOn: ['away'] })], { fabricId: own, deadlineMs: 4_000 }), 2);
      heal();
      expect(outcomes).toMatchObject({ away: { type: 'stalled', reason: 'ClusterUnreachable' }, behind: { type: 'not_started', reason: 'DependencyFailed' } });
      await eventually(() => mesh.connectionsOf(own).at(-1) === 'connected Connected');
    });

    it('gives up a wait at the deadline, naming the finalizers', async () => {
      await client.post('/apis/demo.heddle.test/v1/namespaces/default/widgets', widgetBody('stuck', { size: 1 }, { finalizers: ['heddle.test/never'] }));
      const outcomes = await mesh.outcomes(await inOwnFabric([{ stepId: 's', action: 'delete', target: widget('stuck') }], { deadlineMs: 4_000 }), 1);
      expect(outcomes['s']).toMatchObject({ type: 'stalled', reason: 'FinalizersRemain', message: expect.stringContaining('heddle.test/never') });
      await client.mergePatch(widget('stuck'), { metadata: { finalizers: null } }, false);
    });

    it('names the last cause however a retry falls on the deadline', async () => {
      const heal = sandbox.failRequests({ when: (request) => request.method === 'PATCH' && request.name.startsWith('edge-'), status: 429, retryAfterSeconds: 3 });
      // The first try must come before the deadline on a slow machine too. Operations of a fabric come one after the other, so each has a fabric of its own.
      const deadlines = [3_020, 3_060, 3_120, 3_200];
      const fabrics = await Promise.all(deadlines.map(() => mesh.enter(sandbox)));
      await Promise.all(deadlines.map(async (deadlineMs, index) => {
        const name = `edge-${deadlineMs}`;
        const operation = await mesh.apply({ fabricId: fabrics[index]!, steps: [create(`${name}-behind`, { size: 1 }, { dependsOn: [name] }), create(name)], deadlineMs });
        expect(await mesh.outcomes(operation, 2)).toMatchObject({ [name]: { type: 'stalled', reason: 'ClusterUnreachable', message: expect.stringContaining('given up after') }, [`${name}-behind`]: { type: 'not_started', reason: 'DependencyFailed' } });
      }));
      heal();
    });

    it('tries again after 429 and 503, and tells it once', async () => {
      sandbox.failRequests({ when: (request) => request.method === 'PATCH' && request.name === 'busy', status: 429, retryAfterSeconds: 1, times: 1 });
      sandbox.failRequests({ when: (request) => request.method === 'PATCH' && request.name === 'flaky', status: 503, times: 2 });
      const operation = await inOwnFabric([create('busy'), create('flaky')]);
      expect(await mesh.outcomes(operation, 2)).toMatchObject({ busy: { type: 'done' }, flaky: { type: 'done' } });
      const retries = mesh.told(operation).filter(({ outcome }) => outcome.type === 'retry').map(({ stepId, outcome }) => `${stepId} ${'reason' in outcome ? outcome.reason : ''}`);
      expect(retries.sort()).toEqual(['busy TooManyRequests', 'flaky ServerError']);
    });

    it('starts nothing of a job that did not arrive whole', async () => {
      const [operationId, own] = [randomUUID(), await mesh.enter(sandbox)];
      await mesh.publish('steps.apply', { fabricId: own, operationId, operationNumber: ++number, jobId: randomUUID(), chunk: 1, chunks: 2, deadline: new Date(Date.now() + 1_200).toISOString(), steps: [{ attempt: 1, ...create('half') }] });
      expect(await mesh.outcomes(operationId, 1)).toMatchObject({ half: { type: 'not_started', reason: 'DeadlinePassed', message: expect.stringContaining('whole') } });
      expect((await client.get(widget('half'))).status).toBe(404);
    });

    it('ends a job of a fabric without a cluster at its deadline', async () => {
      const operation = await mesh.apply({ fabricId: randomUUID(), steps: [create('nowhere')], deadlineMs: 1_500 });
      expect(await mesh.outcomes(operation, 1)).toMatchObject({ nowhere: { type: 'not_started', reason: 'DeadlinePassed' } });
    });
  });
});
