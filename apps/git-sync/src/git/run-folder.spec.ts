import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeRunFolder } from './run-folder.ts';

describe('makeRunFolder', () => {
  const parent = mkdtempSync(join(tmpdir(), 'heddle-run-'));
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('removes what a crashed process left and nothing else', () => {
    const dead = spawnSync('true').pid;
    for (const name of [`heddle-git-${dead}-aaaa`, `heddle-git-${process.ppid}-bbbb`, 'something-else']) mkdirSync(join(parent, name, 'op'), { recursive: true });
    const folder = makeRunFolder(parent);
    expect(readdirSync(parent).sort()).toEqual([basename(folder), `heddle-git-${process.ppid}-bbbb`, 'something-else'].sort());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});
