import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressPolicy, Breakers, Metrics, OutboundGuard } from '@heddle/platform';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { GitRemotes } from './git-remotes.ts';
import { parseGitUrl } from './git-url.ts';

const remote = { url: parseGitUrl('https://git.example/network.git'), credentials: { type: 'none' as const }, certificateAuthority: null };
let parent: string;
let remotes: GitRemotes;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'heddle-remotes-'));
  const key = Buffer.alloc(32).toString('base64');
  const config = readConfig({ HEDDLE_DATABASE_URL: 'postgres://none', HEDDLE_AMQP_URL: 'amqp://none', HEDDLE_ENCRYPTION_KEYS: `t:${key}`, HEDDLE_GIT_PRIVATE_FOLDER: parent, PATH: process.env['PATH'] });
  remotes = new GitRemotes(config, new OutboundGuard({ policy: addressPolicy('false'), allowHttp: false }), new Breakers(), new Metrics('git-sync'));
});
afterEach(() => rmSync(parent, { recursive: true }));

it('leaves no folder behind whatever begins while it stops', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  // It has not made its folder yet.
  const begun = remotes.use('look', remote, () => promise);
  const stopping = remotes.onApplicationShutdown();
  await expect(remotes.use('look', remote, () => promise)).rejects.toMatchObject({ reason: 'Cancelled' });
  resolve();
  await Promise.all([begun, stopping]);
  expect(readdirSync(parent)).toEqual([]);
});
