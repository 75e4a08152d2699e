import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineMessage } from './define-message.ts';
import { readData, versionsOf } from './message-versions.ts';

const common = { type: 'loom.moved', role: 'event', from: 'fabric', to: ['notification'] } as const;
const v1 = defineMessage({ ...common, version: 1, schema: z.object({ by: z.string() }) });
const v2 = defineMessage({
  ...common, version: 2, schema: z.object({ by: z.object({ name: z.string().min(1) }), times: z.number().default(1) }),
  supersedes: { contract: v1, upgrade: (data) => ({ by: { name: (data as { by: string }).by } }) },
});

describe('a superseded version', () => {
  it('is read as the present one', () => {
    expect(readData(v2, 1, { by: 'weaver' })).toEqual({ ok: true, data: { by: { name: 'weaver' }, times: 1 } });
  });

  it('stands behind the one that supersedes it', () => {
    expect(versionsOf(v2).map(({ version }) => version)).toEqual([2, 1]);
  });

  it('is held against its own schema first', () => {
    expect(readData(v2, 1, { by: 7 })).toMatchObject({ ok: false, issues: [{ path: ['by'] }] });
  });

  it('is refused when its upgrade does not fit', () => {
    expect(readData(v2, 1, { by: '' })).toMatchObject({ ok: false, issues: [{ path: ['by', 'name'] }] });
  });
});

describe('a version that nobody declared', () => {
  it('is not read', () => {
    expect(readData(v2, 3, { by: { name: 'x' } })).toBeUndefined();
    expect(readData(v1, 2, { by: 'x' })).toBeUndefined();
  });
});
