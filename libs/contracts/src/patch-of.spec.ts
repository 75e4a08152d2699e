import { describe, expect, it } from 'vitest';
import { subscriptionUpdate } from './request/notification.ts';
import { fabricPatchSchema } from './rest/fabric.ts';
import { repositoryPatchSchema } from './rest/repository.ts';

describe('patchOf', () => {
  it('leaves absent what was not given', () => {
    expect(repositoryPatchSchema.parse({ pollSeconds: 5 })).toEqual({ pollSeconds: 5 });
    expect(fabricPatchSchema.parse({ policy: { prune: true }, source: { branch: 'next' } })).toEqual({ policy: { prune: true }, source: { branch: 'next' } });
    expect(subscriptionUpdate.request.parse({ subscription: 'a', patch: { url: 'https://example.com/' } })).toMatchObject({ patch: { url: 'https://example.com/' } });
    expect(subscriptionUpdate.request.parse({ subscription: 'a', patch: {} }).patch).toEqual({});
  });

  it('still checks what was given', () => {
    expect(repositoryPatchSchema.safeParse({ pollSeconds: 1 }).success).toBe(false);
    expect(repositoryPatchSchema.safeParse({ credentials: { type: 'token' } }).success).toBe(false);
  });
});
