import { describe, expect, it } from 'vitest';
import { judgeVersion } from './git-health.ts';

describe('judgeVersion', () => {
  it.each([['git version 2.39.5', true], ['git version 2.36.0', true], ['git version 3.0.1', true], ['git version 2.30.2', false], ['', false]])('judges %j', (text, ok) => {
    expect(judgeVersion(text).ok).toBe(ok);
  });
});
