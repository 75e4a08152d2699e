import { describe, expect, it } from 'vitest';
import { parseCommit } from './commit.ts';

describe('parseCommit', () => {
  it('reads author, subject and the time of the commit', () => {
    const raw = `tree ${'a'.repeat(40)}\nparent ${'b'.repeat(40)}\nauthor Ada Byron <ada@example.com> 1700000000 +0200\ncommitter Bot <bot@example.com> 1700000100 +0000\ngpgsig -----BEGIN\n x\n\nvpc: add blue\n\nbody`;
    expect(parseCommit('c1', Buffer.from(raw))).toEqual({
      id: 'c1', tree: 'a'.repeat(40), author: 'Ada Byron', email: 'ada@example.com', subject: 'vpc: add blue', committedAt: '2023-11-14T22:15:00.000Z',
    });
  });

  it('survives a commit without people or message', () => {
    expect(parseCommit('c1', Buffer.from('tree x')).committedAt).toBe('1970-01-01T00:00:00.000Z');
    expect(parseCommit('c1', Buffer.from('committer X <> 99999999999999 +0000\n\n')).committedAt).toBe('9999-12-31T23:59:59.000Z');
  });
});
