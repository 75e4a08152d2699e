import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createTestDatabase, createVhost, startOtlpReceiver } from '../src/index.ts';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  it('migrates a template once for all its clones', async () => {
    let migrations = 0;
    const template = {
      name: 'testing.once',
      migrate: async (url: string) => {
        migrations += 1;
        await query(url, 'create table thing (n int)');
      },
    };
    const [one, two] = await Promise.all([createTestDatabase(template), createTestDatabase(template)]);
    await query(one.url, 'insert into thing values (1)');
    expect(migrations).toBe(1);
    expect(await query(two.url, 'select * from thing')).toEqual([]);
    await Promise.all([one.drop(), two.drop()]);
  });

  it('fails when a connection is left open', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {}); // the server ends it
    await client.connect();
    await client.query('select 42 as leaked');
    await expect(database.drop()).rejects.toThrow(/1 connections .*\n.*leaked/);
  });
});

describe('createVhost', () => {
  it('keeps the queues of two files apart', async () => {
    const [one, two] = await Promise.all([createVhost(), createVhost()]);
    await one.api.call('PUT', `/queues/${one.name}/work`, { durable: true });
    expect(await one.api.call('GET', `/queues/${one.name}`)).toHaveLength(1);
    expect(await two.api.call('GET', `/queues/${two.name}`)).toHaveLength(0);
    await Promise.all([one.delete(), two.delete()]);
  });
});

describe('startOtlpReceiver', () => {
  it('tells which services a trace went through', async () => {
    const receiver = await startOtlpReceiver();
    const span = { name: 'apply', traceId: 'a1', spanId: 'b1', kind: 1, attributes: [] };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'k8s-sync' } }] };
    await fetch(`${receiver.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
    });
    expect(receiver.servicesOf('a1')).toEqual(new Set(['k8s-sync']));
    await receiver.close();
  });
});
