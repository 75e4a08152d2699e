import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../src/kube-object.ts';
import { MERGE } from './contract-client.ts';
import { contractFixture } from './contract-fixture.ts';

const { client, at, gadget, create } = contractFixture('apply');

const owners = (entries: ManagedFieldsEntry[] | undefined) => (entries ?? []).map(({ manager, operation }) => `${manager} ${operation}`).sort();

describe('server-side apply', () => {
  it('creates and records the applier as owner', async () => {
    const { status, body } = await client.apply(at('apply-new'), gadget('apply-new', { title: 't', size: 5 }), 'one');
    expect(status).toBe(201);
    expect(body.spec).toEqual({ title: 't', size: 5, color: 'red' });
    expect(body.metadata).toMatchObject({ managedFields: [{ manager: 'one', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:size': {}, 'f:title': {} } } }] });
  });

  it('refuses a contested field with its cause', async () => {
    await client.apply(at('apply-conflict'), gadget('apply-conflict', { title: 't', size: 5, tags: ['a'] }), 'one');
    const { status, body } = await client.apply(at('apply-conflict'), gadget('apply-conflict', { size: 6, tags: ['b'] }), 'two');
    expect(status).toBe(409);
    expect(body).toMatchObject({ kind: 'Status', reason: 'Conflict' });
    const { causes } = body.details as { causes: { field: string }[] };
    expect(causes.toSorted((a, b) => (a.field < b.field ? -1 : 1))).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.size' },
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.tags' },
    ]);
  });

  it('takes a contested field over by force', async () => {
    await client.apply(at('apply-force'), gadget('apply-force', { title: 't', size: 5 }), 'one');
    const { status, body } = await client.apply(at('apply-force'), gadget('apply-force', { size: 6 }), 'two', '&force=true');
    expect(status).toBe(200);
    expect(body.spec).toMatchObject({ size: 6, title: 't' });
    expect(owners((body.metadata as { managedFields: ManagedFieldsEntry[] }).managedFields)).toEqual(['one Apply', 'two Apply']);
  });

  it('conflicts with a field that a patch wrote', async () => {
    await create('apply-patched', { title: 't', size: 5 });
    await client.send('PATCH', `${at('apply-patched')}?fieldManager=editor`, { spec: { size: 7 } }, { contentType: MERGE });
    const { status, body } = await client.apply(at('apply-patched'), gadget('apply-patched', { size: 8 }), 'one');
    expect(status).toBe(409);
    expect(body.message).toMatch(/^Apply failed with 1 conflict: conflict with "editor" using .*: \.spec\.size$/);
  });

  it('keeps the version when nothing changes', async () => {
    const first = await client.apply(at('apply-same'), gadget('apply-same', { title: 't', ports: { p1: { vlan: 1 } } }), 'one');
    const again = await client.apply(at('apply-same'), gadget('apply-same', { title: 't', ports: { p1: { vlan: 1 } } }), 'one');
    expect(again.status).toBe(200);
    expect(again.body.metadata).toEqual(first.body.metadata);
  });

  it('removes what its only owner no longer applies', async () => {
    const name = 'apply-drop';
    await client.apply(at(name), gadget(name, { title: 't', size: 5, ports: { p1: { vlan: 1 }, p2: { vlan: 2 } } }), 'one');
    await client.apply(at(name), gadget(name, { size: 5 }), 'two');
    const { body } = await client.apply(at(name), gadget(name, { title: 't', ports: { p2: { vlan: 2 } } }), 'one');
    expect(body.spec).toEqual({ title: 't', size: 5, color: 'red', ports: { p2: { vlan: 2, mode: 'access' } } });
  });

  it('moves ownership by a guarded patch of managedFields', async () => {
    const { metadata } = await create('apply-move', { title: 't', size: 5 });
    const managedFields = (metadata.managedFields ?? []).map((entry) => ({ ...entry, manager: 'heddle', operation: 'Apply' }));
    const patch = { metadata: { resourceVersion: metadata.resourceVersion, managedFields } };
    const moved = await client.send('PATCH', at('apply-move'), patch, { contentType: MERGE });
    expect(moved.status).toBe(200);
    expect(owners((moved.body.metadata as { managedFields: ManagedFieldsEntry[] }).managedFields)).toEqual(['heddle Apply']);
    const { body } = await client.apply(at('apply-move'), gadget('apply-move', { title: 't' }), 'heddle');
    expect(body.spec).toEqual({ title: 't', color: 'red' });
    const stale = await client.send('PATCH', at('apply-move'), patch, { contentType: MERGE });
    expect(stale.status).toBe(409);
  });

  it('refuses an applied uid when the object is gone', async () => {
    const { metadata } = await create('apply-gone');
    await client.expect(200, 'DELETE', at('apply-gone'));
    const { status, body } = await client.apply(at('apply-gone'), gadget('apply-gone', { title: 't' }, { uid: metadata.uid }), 'one');
    expect(status).toBe(409);
    expect(body.reason).toBe('Conflict');
  });

  it('refuses an applied version that is stale, also by force', async () => {
    const { metadata } = await create('apply-stale');
    await client.expect(200, 'PATCH', at('apply-stale'), { spec: { size: 2 } }, { contentType: MERGE });
    const config = gadget('apply-stale', { title: 'u' }, { resourceVersion: metadata.resourceVersion });
    const { status, body } = await client.apply(at('apply-stale'), config, 'one', '&force=true');
    expect(status).toBe(409);
    expect(body.details).not.toHaveProperty('causes');
  });

  it('says what a dry run would do and does nothing', async () => {
    await client.apply(at('apply-dry'), gadget('apply-dry', { title: 't' }), 'one');
    const { status, body } = await client.apply(at('apply-dry'), gadget('apply-dry', { title: 'dry' }), 'one', '&dryRun=All');
    expect(status).toBe(200);
    expect(body.spec).toMatchObject({ title: 'dry' });
    const live = await client.expect(200, 'GET', at('apply-dry'));
    expect(live.body.spec).toMatchObject({ title: 't' });
  });

  it('answers an unknown field with a bare 500', async () => {
    const { status, body } = await client.apply(at('apply-unknown'), gadget('apply-unknown', { title: 't', bogus: 1 }), 'one');
    expect(status).toBe(500);
    expect(body.message).toContain('.spec.bogus: field not declared in schema');
  });
});
