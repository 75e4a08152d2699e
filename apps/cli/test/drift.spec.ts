import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { untilOf } from '../src/commands/drift-filter.ts';
import { PlayedGateway } from './played-gateway.ts';

const gateway = new PlayedGateway();
const { asked } = gateway;
const run = (...words: string[]) => gateway.run(words);
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => gateway.clear());

const field = { path: 'spec.vlan', desired: 1500, live: 1999, base: 1001, conflict: true, manager: 'kubectl-edit' };
const drift = { id: 'd1', kind: 'VPC', name: 'vpc-1', type: 'changed', state: 'snoozed', severity: 'critical', detectedAt: new Date().toISOString(), conflict: true, snoozedUntil: '2026-08-01T00:00:00.000Z', snoozeReason: 'later', resolution: null, fields: [field] };
const verdict = { id: '1', driftId: 'd1', kind: 'VPC', name: 'vpc-1', at: '2026-01-01T00:00:00.000Z', verdict: 'snooze', reason: 'later', until: '2026-08-01T00:00:00.000Z', actor: { type: 'user', id: 'ada' }, operationId: null, fields: [] };
const fabric = (status: string) => ({ name: 'lab', conditions: [{ type: 'WatchesLive', status, message: 'nothing heard for an hour' }] });

describe('heddle drift', () => {
  it('lists by filters, with conflict and snooze', async () => {
    gateway.answers = { 'GET /api/v1/drifts?fabric=lab&kind=VPC&severity=critical&conflict=true': { items: [drift], next: null } };
    const { text } = await run('drift', 'list', 'lab', '-k', 'VPC', '--severity', 'critical', '--conflict');
    expect(text).toContain('d1 VPC/vpc-1 changed snoozed critical');
    expect(text).toContain('CONFLICT: Git changed it as well; until 2026-08-01T00:00:00.000Z: later');
    expect(text).toContain('Git 1500, live 1999, both had 1001 (by kubectl-edit)');
  });

  it('shows a drift with its verdicts', async () => {
    gateway.answers = { 'GET /api/v1/drifts/d1': drift, 'GET /api/v1/drifts/verdicts?drift=d1': { items: [verdict], next: null } };
    expect((await run('drift', 'show', 'd1')).text).toContain('2026-01-01T00:00:00.000Z snooze VPC/vpc-1 by ada: later (until 2026-08-01T00:00:00.000Z)');
    gateway.answers = { 'GET /api/v1/drifts/verdicts?fabric=lab&kind=VPC&limit=500': { items: [verdict], next: null } };
    expect((await run('drift', 'history', 'lab', '-k', 'VPC')).text).toContain('by ada');
  });

  it('snoozes and reverts many, and ends with 1 when one is refused', async () => {
    const refused = { driftId: 'd2', kind: 'Switch', name: 's', outcome: 'refused', code: 'STATE-042', message: 'It is observed.', remedy: 'Set the policy.' };
    gateway.answers = { 'POST /api/v1/drifts/verdicts': { items: [{ driftId: 'd1', kind: 'VPC', name: 'vpc-1', outcome: 'accepted', operationId: 'o1' }, refused], more: true } };
    const { text, code } = await run('drift', 'revert', 'd1', 'd2');
    expect(code).toBe(1);
    expect(text).toBe('d1 VPC/vpc-1 accepted (operation o1)\nd2 Switch/s refused: It is observed. [STATE-042]\n    Set the policy.\nThere are more: ask again.\n');
    await run('drift', 'snooze', '--all', 'lab', '--kind', 'VPC', '--until', '2026-08-01T06:00:00Z', '--reason', 'window');
    expect(asked.map(({ body }) => body)).toEqual([
      { verdict: 'revert', ids: ['d1', 'd2'] },
      { verdict: 'snooze', until: '2026-08-01T06:00:00.000Z', reason: 'window', filter: { fabric: 'lab', kind: 'VPC' } },
    ]);
    await expect(run('drift', 'revert')).rejects.toThrow(/Name drifts by their ids/);
  });

  it('reads times and durations', () => {
    expect([untilOf('90m', 0), untilOf('3d', 0), untilOf('2026-08-01', 0)]).toEqual(['1970-01-01T01:30:00.000Z', '1970-01-04T00:00:00.000Z', '2026-08-01T00:00:00.000Z']);
    for (const text of ['', '5', 'tomorrow', '2026-99-01']) expect(() => untilOf(text)).toThrow(/is no time/);
  });
});

describe('heddle diff', () => {
  const item = { kind: 'VPC', name: 'vpc-1', action: 'update', drifted: true, conflict: false, changes: [{ path: 'spec.vlan', from: 1999, to: 1001 }] };
  it('ends with 1 when something differs', async () => {
    gateway.answers = { 'GET /api/v1/fabrics/lab': fabric('True'), 'GET /api/v1/fabrics/lab/diff?limit=500': { items: [item, { ...item, name: 'gone', action: 'delete' }], next: null } };
    expect(await run('diff', 'lab')).toEqual({ code: 1, text: 'VPC/vpc-1 (changed in the cluster)\n  ~ spec.vlan: 1999 → 1001\nVPC/gone (no longer in Git)\n' });
    expect(JSON.parse((await run('diff', 'lab', '-o', 'json')).text)).toHaveLength(2);
  });

  it('ends with 0 when nothing does, and doubts what is old', async () => {
    gateway.answers = { 'GET /api/v1/fabrics/lab': fabric('False'), 'GET /api/v1/fabrics/lab/resources/VPC/vpc-1': {}, 'GET /api/v1/fabrics/lab/diff?kind=VPC&name=vpc-1&limit=500': { items: [], next: null } };
    expect(await run('diff', 'lab', 'VPC/vpc-1')).toEqual({ code: 0, text: '! The cluster may have moved on: nothing heard for an hour\nNo differences.\n' });
    await expect(run('diff', 'lab', 'VPC/vpc-9')).rejects.toThrow(/\(GET/);
  });
});

it('sets release, drift policies and ignored fields', async () => {
  await expect(run('fabric', 'set', 'lab', '--release', '26.01', '--drift', 'ask', 'VPC=observe_only', '--ignore', 'VPC:spec.mode', 'metadata.annotations[a/b]')).rejects.toThrow(/\(PATCH/);
  await expect(run('fabric', 'set', 'lab', '--ignore', 'none')).rejects.toThrow(/\(PATCH/);
  expect(asked.map(({ body }) => body)).toEqual([
    { release: '26.01', policy: { drift: [{ policy: 'ask' }, { kind: 'VPC', policy: 'observe_only' }], ignore: [{ kind: 'VPC', path: 'spec.mode' }, { path: 'metadata.annotations[a/b]' }] } },
    { policy: { ignore: [] } },
  ]);
});
