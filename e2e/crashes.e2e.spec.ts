import { type Postgres, type Rabbitmq, type ServiceName, startPostgres, startRabbitmq } from '@heddle/local';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doubledWrites } from './doubled-writes.ts';
import { Mesh } from './mesh.ts';
import { vpcDocument } from './vpc-document.ts';

let postgres: Postgres;
let rabbitmq: Rabbitmq;
let mesh: Mesh;
let round = 0;
let created = 0;
const PER_ROUND = 12;

beforeAll(async () => {
  [postgres, rabbitmq] = await Promise.all([startPostgres(), startRabbitmq()]);
  mesh = await Mesh.start({ fabrics: ['mesh'], postgresUrl: postgres.url, amqpUrl: rabbitmq.amqpUrl });
  await mesh.converged('mesh');
}, 180_000);
afterAll(async () => {
  await mesh?.stop();
  await rabbitmq?.stop();
  await postgres?.stop();
});

/** A push of new VPCs; small answers of the API server make the sync last long enough to be hit. */
async function pushSome(): Promise<string> {
  round++;
  const files = Object.fromEntries(Array.from({ length: PER_ROUND }, (_, n) => {
    const id = (round - 1) * PER_ROUND + n;
    created++;
    return [`mesh/tenants/c-${id}.yaml`, vpcDocument('mesh', `c-${id}`, id)];
  }));
  mesh.fabric('mesh').api.setLatency(40);
  return mesh.push(files, `Round ${round}`);
}

/** Waits until some, but not all, of the round's writes are at the server. */
async function amidst(since: number): Promise<void> {
  await eventually(() => {
    const done = mesh.fabric('mesh').api.requestLog.slice(since).filter((r) => r.resource === 'vpcs' && r.verb === 'patch' && r.status >= 200 && r.status < 300).length;
    return done >= 2;
  }, { timeout: 30_000, interval: 5 });
}

async function finishes(commit: string): Promise<void> {
  await mesh.converged('mesh', commit, 100_000);
  const names = (await mesh.fabric('mesh').kubectl.list('VPC')).map((vpc) => vpc.metadata.name).filter((name) => /^c-\d+$/.test(name));
  expect(names).toHaveLength(created);
  expect(doubledWrites(mesh.fabric('mesh').api.requestLog)).toEqual([]);
}

describe('a sync goes on', () => {
  it.each<ServiceName>(['k8s-sync', 'fabric', 'git-sync', 'notification', 'gateway'])('after %s was killed in the middle of it', async (name) => {
    const since = mesh.fabric('mesh').api.requestLog.length;
    const commit = await pushSome();
    await amidst(since);
    await mesh.killAndRestart(name);
    await finishes(commit);
  });

  it('after RabbitMQ was killed and started again', async () => {
    const since = mesh.fabric('mesh').api.requestLog.length;
    const commit = await pushSome();
    await amidst(since);
    await rabbitmq.kill();
    await rabbitmq.restart();
    await finishes(commit);
  });

  it('after PostgreSQL was restarted', async () => {
    const since = mesh.fabric('mesh').api.requestLog.length;
    const commit = await pushSome();
    await amidst(since);
    await postgres.restart();
    await finishes(commit);
  });
});
