import { describe, expect, it } from 'vitest';
import { JSON_PATCH, MERGE } from './contract-client.ts';
import { contractFixture } from './contract-fixture.ts';

const { client, at, gadget, gadgets, create, group } = contractFixture('write');

describe('writes', () => {
  it('refuses to create what exists already', async () => {
    await create('write-twice');
    const { status, body } = await client.send('POST', gadgets, gadget('write-twice'));
    expect(status).toBe(409);
    expect(body).toMatchObject({ reason: 'AlreadyExists', details: { name: 'write-twice', group, kind: 'gadgets' } });
  });

  it('refuses an update from a stale version', async () => {
    const first = await create('write-stale', { title: 't', size: 1 });
    const update = (size: number) => ({ ...first, spec: { title: 't', size } });
    expect((await client.send('PUT', at('write-stale'), update(2))).status).toBe(200);
    const { status, body } = await client.send('PUT', at('write-stale'), update(3));
    expect(status).toBe(409);
    expect(body).toMatchObject({ reason: 'Conflict', details: { name: 'write-stale' } });
  });

  it('keeps the version of an update without effect', async () => {
    const first = await create('write-same');
    const { status, body } = await client.send('PUT', at('write-same'), first);
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ resourceVersion: first.metadata.resourceVersion, generation: 1 });
  });

  it('lists the causes of an invalid object', async () => {
    const { status, body } = await client.send('POST', gadgets, gadget('write-invalid', { size: 500, color: 'pink' }));
    expect(status).toBe(422);
    expect(body.reason).toBe('Invalid');
    const { causes } = body.details as { causes: { field: string; reason: string }[] };
    const found = causes.map(({ field, reason }) => `${field} ${reason}`).toSorted();
    expect(found).toEqual(['spec.color FieldValueNotSupported', 'spec.size FieldValueInvalid', 'spec.title FieldValueRequired']);
  });

  it('names the type that a field must have', async () => {
    const { status, body } = await client.send('POST', gadgets, gadget('write-type', { title: 't', size: '5' }));
    expect(status).toBe(422);
    const { causes } = body.details as { causes: { field: string; reason: string }[] };
    expect(causes).toContainEqual(expect.objectContaining({ field: 'spec.size', reason: 'FieldValueTypeInvalid' }));
  });

  it('refuses an unknown field when asked to be strict', async () => {
    const { status, body } = await client.send('POST', `${gadgets}?fieldValidation=Strict`, gadget('write-strict', { title: 't', bogus: 1 }));
    expect(status).toBe(400);
    expect(body.message).toContain('strict decoding error: unknown field "spec.bogus"');
  });

  it('warns of an unknown field and drops it', async () => {
    const { status, body, headers } = await client.send('POST', `${gadgets}?fieldValidation=Warn`, gadget('write-warn', { title: 't', bogus: 1 }));
    expect(status).toBe(201);
    expect([headers.warning].flat().join()).toBe('299 - "unknown field \\"spec.bogus\\""');
    expect(body.spec).toEqual({ title: 't', color: 'red' });
  });

  it('merges a patch and removes by null', async () => {
    await create('write-merge', { title: 't', size: 1, ports: { a: { vlan: 1 } } });
    const patch = { spec: { size: null, ports: { a: null, b: { vlan: 2 } } } };
    const { status, body } = await client.send('PATCH', at('write-merge'), patch, { contentType: MERGE });
    expect(status).toBe(200);
    expect(body.spec).toEqual({ title: 't', color: 'red', ports: { b: { vlan: 2, mode: 'access' } } });
  });

  it('applies a JSON patch only when its test holds', async () => {
    await create('write-json', { title: 't', size: 1 });
    const patch = (size: number) => [
      { op: 'test', path: '/spec/size', value: size },
      { op: 'replace', path: '/spec/size', value: 9 },
    ];
    expect((await client.send('PATCH', at('write-json'), patch(1), { contentType: JSON_PATCH })).status).toBe(200);
    expect((await client.send('PATCH', at('write-json'), patch(1), { contentType: JSON_PATCH })).status).toBe(422);
  });

  it('counts the generation for spec changes alone', async () => {
    await create('write-generation', { title: 't' });
    const labelled = await client.send('PATCH', at('write-generation'), { metadata: { labels: { a: 'b' } } }, { contentType: MERGE });
    expect(labelled.body.metadata).toMatchObject({ generation: 1 });
    const changed = await client.send('PATCH', at('write-generation'), { spec: { size: 2 } }, { contentType: MERGE });
    expect(changed.body.metadata).toMatchObject({ generation: 2 });
  });

  it('writes status through its subresource alone', async () => {
    const first = await create('write-status', { title: 't' });
    const patch = { status: { phase: 'Ready' }, spec: { size: 9 } };
    const { status, body } = await client.send('PATCH', `${at('write-status')}/status`, patch, { contentType: MERGE });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: { phase: 'Ready' }, spec: { title: 't', color: 'red' }, metadata: { generation: 1 } });
    expect(body.metadata).not.toMatchObject({ resourceVersion: first.metadata.resourceVersion });
    const ignored = await client.send('PATCH', at('write-status'), { status: { phase: 'Other' } }, { contentType: MERGE });
    expect(ignored.body.status).toEqual({ phase: 'Ready' });
  });
});

describe('deletes', () => {
  it('waits for the last finalizer', async () => {
    await create('delete-held', { title: 't' }, { finalizers: ['heddle.test/hold'] });
    const held = await client.send('DELETE', at('delete-held'));
    expect(held.status).toBe(200);
    expect(held.body.metadata).toHaveProperty('deletionTimestamp');
    const again = await client.send('POST', gadgets, gadget('delete-held'));
    expect(again.status).toBe(409);
    await client.expect(200, 'PATCH', at('delete-held'), { metadata: { finalizers: null } }, { contentType: MERGE });
    expect((await client.send('GET', at('delete-held'))).status).toBe(404);
  });

  it('is refused when a precondition fails', async () => {
    const { metadata } = await create('delete-guarded');
    const options = (preconditions: { uid?: string; resourceVersion?: string }) => ({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
    const other = options({ uid: '11111111-2222-3333-4444-555555555555' });
    expect((await client.send('DELETE', at('delete-guarded'), other)).status).toBe(409);
    const stale = options({ uid: metadata.uid, resourceVersion: '1' });
    expect((await client.send('DELETE', at('delete-guarded'), stale)).status).toBe(409);
    const right = options({ uid: metadata.uid, resourceVersion: metadata.resourceVersion });
    expect((await client.send('DELETE', at('delete-guarded'), right)).status).toBe(200);
  });

  it('answers 404 for what is not there', async () => {
    const { status, body } = await client.send('DELETE', at('delete-absent'));
    expect(status).toBe(404);
    expect(body.reason).toBe('NotFound');
  });
});
