import { type LaunchedService, type ServiceName, serviceNames } from '@heddle/local';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doubledWrites } from './doubled-writes.ts';
import { LeaseOwners, type Owned } from './lease-owners.ts';
import { Mesh } from './mesh.ts';
import { Rest } from './rest.ts';
import { vpcDocument } from './vpc-document.ts';

const VPCS = 60;
/** Work that is always there, so that somebody must have it. */
const ALWAYS = /^(outbox|repository|watch|job):/;

interface Paused { name: ServiceName; service: LaunchedService; owned: Owned[] }

let mesh: Mesh;
let owners: LeaseOwners;
let paused: Paused[] = [];
beforeAll(async () => {
  mesh = await Mesh.start({ fabrics: ['mesh'], replicas: { gateway: 2, fabric: 2, 'git-sync': 2, 'k8s-sync': 2, notification: 2 } });
  await mesh.converged('mesh');
  owners = await LeaseOwners.at(mesh.databaseUrl);
}, 180_000);
afterAll(async () => {
  for (const { service } of paused) service.process.signal('SIGCONT');
  await owners?.close();
  await mesh?.stop();
});

const documents = (prefix: string, from: number, count: number) => Object.fromEntries(
  Array.from({ length: count }, (_, n) => [`mesh/tenants/${prefix}-${n}.yaml`, vpcDocument('mesh', `${prefix}-${n}`, from + n)]));

/** Of each service the process that owns the work in hand. */
async function ownersOfWork(): Promise<Paused[]> {
  const found: Paused[] = [];
  for (const name of serviceNames) {
    const owned = await owners.of(name);
    const pid = (owned.find(({ key }) => /^(job|repository):/.test(key)) ?? owned[0])!.pid;
    found.push({ name, service: mesh.processes(name).find((service) => service.pid === pid)!, owned: owned.filter((lease) => lease.pid === pid && ALWAYS.test(lease.key)) });
  }
  return found;
}

it('what paused owners of every service had in hand is finished by others, and nothing of theirs lands', async () => {
  const { api, kubectl } = mesh.fabric('mesh');
  await owners.watch(['k8s-sync', 'git-sync']);
  api.setLatency(250);
  const since = api.requestLog.length;
  const commit = await mesh.push(documents('p', 0, VPCS), 'Pause the owners');
  // Some outcomes are told and some steps are still to come: both the paused and its heir then have something to tell.
  await eventually(async () => (await owners.written()).some(({ type }) => type === 'steps.finished'), { timeout: 30_000, interval: 5 });

  paused = await ownersOfWork();
  const victims = new Set(paused.map(({ service }) => service.pid));
  mesh.rest = new Rest(mesh.processes('gateway').find(({ pid }) => !victims.has(pid))!.url, mesh.rest.token);
  for (const { service } of paused) service.process.signal('SIGSTOP');
  const atPause = api.requestLog.length;
  expect(api.requestLog.slice(since, atPause).filter((r) => r.resource === 'vpcs' && r.status === 201).length).toBeLessThan(VPCS);

  await eventually(async () => {
    for (const { name, service, owned } of paused) {
      const now = new Map((await owners.of(name)).map((lease) => [lease.key, lease]));
      for (const { key, epoch } of owned) {
        // An operation that ended meanwhile has no owner; all else has another one, under a higher epoch.
        const lease = now.get(key);
        if (lease ? lease.pid === service.pid || lease.epoch <= epoch : !key.startsWith('job:')) throw new Error(`${key} of ${name} is not taken over`);
      }
    }
  }, { timeout: 45_000, interval: 250 });
  for (const { service } of paused) service.process.signal('SIGCONT');
  api.setLatency(10);
  await mesh.converged('mesh', commit, 100_000);

  const vpcs = (await kubectl.list('VPC')).filter((one) => one.metadata.name.startsWith('p-'));
  expect(vpcs).toHaveLength(VPCS);
  expect(vpcs.filter(({ metadata }) => metadata['generation'] !== 1)).toEqual([]);
  expect(doubledWrites(api.requestLog)).toEqual([]);
  const written = await owners.written();
  expect(written.filter(({ said, holds }) => said !== holds)).toEqual([]);
  const epochs = (type: string) => new Set(written.filter((row) => row.type === type).map(({ said }) => said)).size;
  expect(epochs('steps.finished')).toBeGreaterThan(1);
  expect(await owners.rows(`SELECT operation_id FROM k8s_sync.step GROUP BY operation_id, step_id HAVING count(*) > 1`)).toEqual([]);
  expect(await owners.rows(`SELECT event_id FROM notification.event GROUP BY 1 HAVING count(*) > 1`)).toEqual([]);
  expect(await owners.rows(`SELECT body->'data'->>'operationId' AS operation FROM notification.event WHERE event_type = 'operation.finished' GROUP BY 1 HAVING count(*) > 1`)).toEqual([]);
  for (const { name } of paused) expect(await owners.rows(`SELECT message_id, reason, message FROM ${name.replace('-', '_')}.parked WHERE reason = 'id-conflict'`)).toEqual([]);
}, 170_000);

it('the resumed ones work on beside the others', async () => {
  const commit = await mesh.push(documents('q', VPCS, 4), 'After the pause');
  await mesh.converged('mesh', commit, 60_000);
  for (const { service } of paused) expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  expect(doubledWrites(mesh.fabric('mesh').api.requestLog)).toEqual([]);
  expect((await owners.written()).filter(({ said, holds }) => said !== holds)).toEqual([]);
}, 90_000);

it.each(['k8s-sync', 'fabric', 'git-sync'] as const)('two replicas of %s apply nothing twice when one is killed', async (name) => {
  const round = ['k8s-sync', 'fabric', 'git-sync'].indexOf(name);
  const { api, kubectl } = mesh.fabric('mesh');
  api.setLatency(150);
  const since = api.requestLog.length;
  const commit = await mesh.push(documents(`r-${round}`, VPCS + 4 + round * 8, 8), `Kill a ${name}`);
  await eventually(() => api.requestLog.slice(since).some((r) => r.resource === 'vpcs' && r.status === 201), { timeout: 30_000, interval: 5 });
  const [victim] = mesh.processes(name);
  await victim!.kill();
  mesh.services.splice(mesh.services.indexOf(victim!), 1);
  await mesh.converged('mesh', commit, 100_000);
  expect((await kubectl.list('VPC')).filter((one) => one.metadata.name.startsWith('r-'))).toHaveLength((round + 1) * 8);
  expect(doubledWrites(api.requestLog)).toEqual([]);
}, 170_000);
