import { deleteBudgetSchema } from '@heddle/contracts';
import { apiVersionOf, contentHash, descriptorOf, type JsonObject, normalise, type NormalisedObject } from '@heddle/hedgehog';
import { describe, expect, it } from 'vitest';
import type { PlanObject } from './plan-object.ts';
import { planSync, type Plan } from './plan-sync.ts';

const object = (kind: string, name: string, spec: JsonObject): NormalisedObject => normalise({ apiVersion: apiVersionOf(descriptorOf(kind)!), kind, metadata: { name }, spec });
const links = [{ server: { port: 's-1/e1' }, switch: { port: 'leaf-1/E1/1' } }];
const unbundled = object('Connection', 'c-1', { unbundled: { link: links[0]! } });
const bundled = object('Connection', 'c-1', { bundled: { links } });
const attachment = object('VPCAttachment', 'at-1', { subnet: 'a/default', connection: 'c-1' });

/** As it stands: applied by Heddle and alive as `live`, wanted as `desired`. */
const standing = (live: NormalisedObject, desired: NormalisedObject | null, more: Partial<PlanObject> = {}): PlanObject => ({
  kind: live.kind, name: live.metadata.name, held: false, errors: [], baseHash: contentHash(live), desired: desired && { hash: contentHash(desired), rawHash: 'raw', object: desired },
  live: { hash: contentHash(live), object: live, uid: `uid-${live.metadata.name}`, resourceVersion: '7', managed: true, deleting: false, foreignManagers: [] }, ...more,
});
const planned = (objects: PlanObject[], rules: { replace?: boolean; prune?: boolean; maxDeletes?: number } = {}): Plan => planSync({
  objects, selection: null, versions: { commit: 'c', tree: 't', normaliser: 1 },
  rules: { prune: rules.prune ?? false, sourceComplete: true, desiredTotal: 5, confirmed: false, sourceChanged: false, inventoryTotal: 100, replace: rules.replace ?? true, budget: deleteBudgetSchema.parse({ protectedKinds: [], maxDeletes: rules.maxDeletes ?? 10 }) },
});
const changed = standing(unbundled, bundled);

describe('replacing what can\'t be changed in place', () => {
  it('is not done unless asked for, and says how', () => {
    expect(planned([changed], { replace: false })).toMatchObject({ steps: [], withheld: [{ reason: 'ImmutableField', message: expect.stringMatching(/type of a Connection.*replace: true/) }] });
  });

  it('deletes and makes again what would block the delete, in order', () => {
    const { steps, counts } = planned([changed, standing(attachment, attachment)]);
    expect(steps.map(({ stepId, dependsOn }) => [stepId, dependsOn])).toEqual([
      ['delete/VPCAttachment/at-1', []],
      ['delete/Connection/c-1', ['delete/VPCAttachment/at-1']],
      ['create/Connection/c-1', ['delete/Connection/c-1']],
      ['create/VPCAttachment/at-1', ['create/Connection/c-1', 'delete/VPCAttachment/at-1']],
    ]);
    expect(steps.map(({ reason }) => reason)).toEqual([expect.stringContaining('it names Connection c-1, which is replaced'), expect.stringContaining('replaced: spec.unbundled'), expect.any(String), expect.any(String)]);
    expect(steps[2]).toMatchObject({ preconditions: {}, rawHash: 'raw', changes: expect.arrayContaining([expect.objectContaining({ path: expect.stringContaining('bundled') as string })]) });
    expect(counts).toEqual({ create: 2, update: 0, delete: 2 });
  });

  it('counts as deletes before the budget', () => {
    expect(planned([changed, standing(attachment, attachment)], { maxDeletes: 1 })).toMatchObject({ steps: [], held: { length: 4 }, approvalReasons: [expect.stringContaining('2 delete(s)')] });
  });

  it('leaves alone what lets go by itself', () => {
    const elsewhere = object('VPCAttachment', 'at-1', { subnet: 'a/default', connection: 'c-2' });
    expect(planned([changed, standing(attachment, elsewhere)]).steps.map(({ stepId }) => stepId)).toEqual(['update/VPCAttachment/at-1', 'delete/Connection/c-1', 'create/Connection/c-1']);
    expect(planned([changed, standing(attachment, null)], { prune: true }).steps.map(({ stepId }) => stepId)).toEqual(['delete/VPCAttachment/at-1', 'delete/Connection/c-1', 'create/Connection/c-1']);
  });

  it.each<[string, PlanObject]>([
    ['not managed', standing(attachment, attachment, { baseHash: null })], ['findings', standing(attachment, attachment, { errors: ['x'] })], ['can\'t be used', standing(attachment, attachment, { held: true })],
    ['is not deleted', standing(attachment, null)], ['somebody else changed', { ...standing(attachment, attachment), live: { ...standing(attachment, attachment).live!, hash: 'other' } }],
  ])('is not begun where what depends on it could not come back: %s', (why, dependant) => {
    const plan = planned([changed, dependant]);
    expect(plan.steps.filter(({ kind }) => kind === 'Connection')).toEqual([]);
    expect(plan.steps.filter(({ action }) => action === 'delete')).toEqual([]);
    expect(plan.withheld.find(({ kind }) => kind === 'Connection')).toMatchObject({ reason: 'ReplaceBlocked', message: expect.stringContaining(why) });
  });
});
