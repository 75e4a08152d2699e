import { describe, expect, it } from 'vitest';
import { judgePush } from './judge-push.ts';

const branches = new Set(['main', 'site/a']);

describe('judgePush', () => {
  it('wants pushes to branches that are read', () => {
    expect(judgePush('push', { ref: 'refs/heads/site/a' }, branches)).toMatchObject({ wants: true, branch: 'site/a' });
  });

  it.each([
    ['ping', {}, /works/], ['issues', {}, /not needed/], ['push', { ref: 'refs/tags/v1' }, /not to a branch/],
    ['push', { ref: 'refs/heads/other' }, /other/], ['push', null, /not to a branch/], ['push', { ref: 5 }, /not to a branch/],
  ])('ignores %s %j with a reason', (event, body, reason) => {
    const verdict = judgePush(event, body, branches);
    expect(verdict.wants).toBe(false);
    expect(verdict.reason).toMatch(reason);
  });
});
