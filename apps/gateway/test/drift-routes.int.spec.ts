import { alertChange, alertGet, alertList, diffList, driftJudge, driftList, driftSnooze, resourceList, verdictList } from '@heddle/contracts';
import { OnRequest } from '@heddle/messaging';
import { Conflict, NotFound } from '@heddle/platform';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { GatewayUnderTest } from './gateway-under-test.ts';

const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
const seen: { method: string; request: unknown }[] = [];
const empty = (method: string, request: unknown) => {
  seen.push({ method, request });
  return { items: [], next: null };
};

// The other side of the bus: real messages, answers chosen by the test.
@Controller()
class FabricAnswers {
  @OnRequest(driftList)
  async list(request: unknown) { return empty('drift.list', request); }

  @OnRequest(verdictList)
  async history(request: unknown) { return empty('verdict.list', request); }

  @OnRequest(resourceList)
  async resources(request: unknown) { return empty('resource.list', request); }

  @OnRequest(diffList)
  async diff(request: unknown) { return empty('diff.list', request); }

  @OnRequest(driftJudge)
  async judge(request: unknown) { return { items: empty('drift.judge', request).items, more: false }; }

  @OnRequest(alertList)
  async alerts(request: unknown) { return empty('alert.list', request); }

  @OnRequest(alertGet)
  async alert(request: unknown): Promise<never> {
    empty('alert.get', request);
    throw new NotFound({ code: 'STATE-016', message: 'There is no such alert.', remedy: 'List the alerts.' });
  }

  @OnRequest(alertChange)
  async change(request: unknown) { return { items: empty('alert.change', request).items }; }

  @OnRequest(driftSnooze)
  async snooze(request: unknown): Promise<never> {
    seen.push({ method: 'drift.snooze', request });
    throw new Conflict({ code: 'STATE-001', message: 'The drift is resolved.', remedy: 'Nothing follows it.' });
  }
}

let gateway: GatewayUnderTest;
const get = (path: string) => gateway.get(path);
const post = (path: string, body?: object) => gateway.post(path, body);
beforeAll(async () => { gateway = await GatewayUnderTest.start({ fabric: [FabricAnswers] }); });
afterAll(() => gateway?.stop());
beforeEach(() => { seen.length = 0; });

it('passes filters on, with their types', async () => {
  await get('drifts?fabric=lab&state=snoozed&severity=high&conflict=true&manager=x').expect(200);
  await get(`drifts/verdicts?drift=${id}&kind=VPC`).expect(200);
  await get('fabrics/lab/resources?conflict=false').expect(200);
  await get('fabrics/lab/diff?kind=VPC&name=a').expect(200);
  expect(seen).toEqual([
    { method: 'drift.list', request: { fabric: 'lab', state: 'snoozed', severity: 'high', conflict: true, manager: 'x', limit: 100 } },
    { method: 'verdict.list', request: { driftId: id, kind: 'VPC', limit: 100 } },
    { method: 'resource.list', request: { fabric: 'lab', conflict: false, limit: 100 } },
    { method: 'diff.list', request: { fabric: 'lab', kind: 'VPC', name: 'a', limit: 100 } },
  ]);
});

it('takes a bulk verdict by ids or by filter, not by both', async () => {
  await post('drifts/verdicts', { verdict: 'revert', ids: [id] }).expect(200);
  await post('drifts/verdicts', { verdict: 'snooze', filter: { fabric: 'lab' }, until: '2026-08-01T00:00:00Z', reason: 'window' }).expect(200);
  expect(seen.map(({ method }) => method)).toEqual(['drift.judge', 'drift.judge']);
  for (const body of [{ verdict: 'revert' }, { verdict: 'revert', ids: [id], filter: { fabric: 'lab' } }, { verdict: 'snooze', ids: [id] }, { verdict: 'delete', ids: [id] }, { verdict: 'revert', ids: Array.from({ length: 1_001 }, () => id) }]) {
    await post('drifts/verdicts', body).expect(422);
  }
  expect(seen).toHaveLength(2);
});

it('snoozes with time and reason, and tells why not', async () => {
  await post(`drifts/${id}/snooze`, { until: '2026-08-01T00:00:00Z' }).expect(422);
  const { body } = await post(`drifts/${id}/snooze`, { until: '2026-08-01T00:00:00Z', reason: 'window' }).expect(409);
  expect(body).toMatchObject({ code: 'STATE-001', remedy: 'Nothing follows it.' });
  expect(seen).toEqual([{ method: 'drift.snooze', request: { driftId: id, until: '2026-08-01T00:00:00Z', reason: 'window' } }]);
});

it('lists, reads and changes alerts, one or many', async () => {
  await get('alerts?fabric=lab&state=acknowledged&severity=critical&type=drift_open&open=true').expect(200);
  await get(`alerts/${id}`).expect(404);
  await post(`alerts/${id}`, { action: 'acknowledge', reason: 'on it' }).expect(200);
  await post('alerts/bulk', { alertIds: [id], action: 'suppress', reason: 'window', until: '2026-08-01T00:00:00Z' }).expect(200);
  expect(seen).toEqual([
    { method: 'alert.list', request: { fabric: 'lab', state: 'acknowledged', severity: 'critical', type: 'drift_open', open: true, limit: 100 } },
    { method: 'alert.get', request: { alertId: id } },
    { method: 'alert.change', request: { alertIds: [id], action: 'acknowledge', reason: 'on it' } },
    { method: 'alert.change', request: { alertIds: [id], action: 'suppress', reason: 'window', until: '2026-08-01T00:00:00Z' } },
  ]);
  for (const body of [{ action: 'forget', reason: 'x' }, { action: 'resolve' }, { action: 'resolve', reason: ' ' }]) await post(`alerts/${id}`, body).expect(422);
  await get('alerts/not-an-id').expect(422);
  await get('alerts?open=perhaps').expect(422);
  expect(seen).toHaveLength(4);
});
