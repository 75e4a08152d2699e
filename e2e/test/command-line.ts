import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DriftView, FabricView, OperationView, ResourceDetail } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heddle as heddleIn } from '../heddle.ts';
import type { Mesh } from '../mesh.ts';

const home = mkdtempSync(path.join(tmpdir(), 'heddle-cli-'));

const heddle = (...words: string[]) => heddleIn(home, ...words);

async function json<Result>(...words: string[]): Promise<Result> {
  const { code, out, err } = await heddle(...words, '-o', 'json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Result;
}

/**
 * What people do by the command, on the mesh of another file: its fabric `mesh`, which nobody has synced yet.
 * The last case takes the gateway away.
 */
export function describeCommandLine(ofFile: () => Mesh): void {
  describe('heddle, the command', () => {
    let mesh: Mesh;
    beforeAll(async () => {
      mesh = ofFile();
      await eventually(async () => {
        const { state, revision, counts } = await mesh.view('mesh');
        return state === 'active' && revision !== null && counts.resources > 0;
      }, { timeout: 30_000 });
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    it('tells how to log in before it is', async () => {
      expect(await heddle('fabric', 'list')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('heddle login') as string });
    });

    it('logs in with a valid token alone', async () => {
      const wrong = await heddle('login', '--url', mesh.rest.url, '--token', 'wrong-and-secret');
      expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('[AUTH-002]') as string });
      expect(wrong.err + wrong.out).not.toContain('wrong-and-secret');
      const right = await heddle('login', '--url', mesh.rest.url, '--token', mesh.rest.token);
      expect(right).toMatchObject({ code: 0, err: '' });
      expect(right.out).not.toContain(mesh.rest.token);
    });

    it('lists fabrics for people and for programs', async () => {
      expect((await heddle('fabric', 'list')).out).toMatch(/NAME +STATE[\s\S]*mesh +active/);
      expect((await json<FabricView[]>('fabric', 'list')).map(({ name }) => name).sort()).toEqual(['mesh', 'spine-leaf']);
    });

    it('tests the connection step by step', async () => {
      const { code, out } = await heddle('fabric', 'test', 'mesh');
      expect(code).toBe(0);
      expect(out.trim().split('\n').every((line) => line.startsWith('✓'))).toBe(true);
    });

    it('shows what a sync would do', async () => {
      const { code, out } = await heddle('fabric', 'plan', 'mesh');
      expect(code).toBe(0);
      expect(out).toMatch(/\+ VPC\/office/);
      expect(out).toMatch(/Plan [0-9a-f-]{36}: \d+ to create, 0 to update, 0 to delete/);
    });

    it('follows a sync to its end', async () => {
      const { code, out, err } = await heddle('fabric', 'sync', 'mesh');
      expect(err).toBe('');
      expect(out).toMatch(/done +create VPC\/office[\s\S]*Operation \d+ completed/);
      expect(code).toBe(0);
      expect(await mesh.fabric('mesh').kubectl.get('VPC', 'office')).not.toBeNull();
    });

    it('shows one object and each of its levels', async () => {
      await mesh.converged('mesh');
      expect(await json<ResourceDetail>('get', 'mesh', 'VPC/office')).toMatchObject({ kind: 'VPC', name: 'office', levels: { apiServer: 'equal', switches: 'converged' } });
      expect((await heddle('get', 'mesh', 'VPC/office')).out).toMatch(/in API server +equal/);
      expect((await heddle('get', 'mesh', '--kind', 'VPC')).out).toMatch(/VPC +office +synced/);
      expect(await heddle('diff', 'mesh')).toMatchObject({ code: 0, out: 'No differences.\n' });
    });

    it('lists a drift, reverts it and watches that', async () => {
      const { kubectl } = mesh.fabric('mesh');
      const vlan = async () => (await kubectl.get('VPC', 'office') as unknown as { spec: { subnets: { default: { vlan: number } } } }).spec.subnets.default.vlan;
      await kubectl.edit('VPC', 'office', { spec: { subnets: { default: { vlan: 190 } } } });
      const drift = await eventually(async () => (await json<DriftView[]>('drift', 'list', 'mesh')).find(({ name }) => name === 'office') ?? false, { timeout: 20_000, interval: 300 });
      expect((await heddle('drift', 'list', 'mesh')).out).toContain('Git 101, live 190 (by kubectl-edit)');
      expect(await heddle('diff', 'mesh', 'VPC/office')).toMatchObject({ code: 1, out: expect.stringContaining('vlan') as string });
      expect(await heddle('drift', 'revert', drift.id)).toMatchObject({ code: 0, out: expect.stringMatching(/Operation \d+ completed/) as string });
      expect(await vlan()).toBe(101);
      const [operation] = await json<OperationView[]>('operation', 'list', 'mesh');
      expect(await json<OperationView>('operation', 'watch', operation!.id)).toMatchObject({ id: operation!.id, state: 'completed' });
    });

    it('hands on the remedy of a refusal', async () => {
      expect(await heddle('fabric', 'get', 'nowhere')).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/nowhere[\s\S]*\[STATE-/) as string });
    });

    it('says what is wrong when the gateway is away', async () => {
      await mesh.processes('gateway')[0]!.stop();
      expect(await heddle('fabric', 'list')).toMatchObject({ code: 2, err: expect.stringContaining("can't be reached") as string });
    });
  });
}
