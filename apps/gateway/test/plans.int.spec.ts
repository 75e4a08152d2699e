import { type ApprovalView, approvalList, planApprove, planGet, planRender, type PlanView } from '@heddle/contracts';
import { OnRequest, type RequestContext } from '@heddle/messaging';
import { Database, NotAllowed } from '@heddle/platform';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayUnderTest } from './gateway-under-test.ts';

const id = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';
const now = new Date().toISOString();
const seen: { request: unknown; context: RequestContext }[] = [];

@Controller()
class FabricAnswers {
  @OnRequest(planGet)
  async get(): Promise<PlanView> {
    return { id, fabricId: id, hash: 'h', type: 'sync', commit: null, tree: null, createdAt: now, status: 'current', counts: { create: 0, update: 0, delete: 0, unchanged: 0, withheld: 0 }, steps: [], withheld: [], findings: [] };
  }

  @OnRequest(planRender)
  async render({ format }: { format: string }) {
    return { text: `as ${format} →` };
  }

  @OnRequest(planApprove)
  async approve(request: unknown, context: RequestContext): Promise<ApprovalView> {
    seen.push({ request, context });
    throw new NotAllowed({ code: 'AUTH-030', message: 'The approval needs a second person: administrator asked for it.', remedy: 'Let somebody else approve it.' });
  }

  @OnRequest(approvalList)
  async list(request: unknown, context: RequestContext) {
    seen.push({ request, context });
    return { items: [], next: null };
  }
}

let gateway: GatewayUnderTest;
const http = () => gateway.http;
const by = (token: string) => ({ authorization: `Bearer ${token}` });
let administrator: string;
beforeAll(async () => {
  gateway = await GatewayUnderTest.start({ fabric: [FabricAnswers] });
  administrator = gateway.token;
});
afterAll(() => gateway?.stop());

it('makes a token whose name the services hear, until it is revoked', async () => {
  const made = (await http().post('/api/v1/tokens').set(by(administrator)).send({ name: 'bob' }).expect(201)).body as { id: string; token: string };
  expect(made).toMatchObject({ name: 'bob', expiresAt: null, revokedAt: null });
  await http().get('/api/v1/approvals?state=pending').set(by(made.token)).expect(200);
  expect(seen.at(-1)).toMatchObject({ request: { state: 'pending' }, context: { actor: { type: 'token', id: made.id, name: 'bob', madeBy: [{ name: 'administrator' }] } } });
  const second = (await http().post('/api/v1/tokens').set(by(made.token)).send({ name: 'bob-2' }).expect(201)).body as { token: string };
  expect(second).toMatchObject({ madeBy: 'bob' });
  await http().get('/api/v1/approvals').set(by(second.token)).expect(200);
  expect(seen.at(-1)?.context.actor?.madeBy?.map(({ name }) => name)).toEqual(['bob', 'administrator']);
  const list = (await http().get('/api/v1/tokens').set(by(made.token)).expect(200)).text;
  expect(JSON.parse(list)).toMatchObject({ items: [{ name: 'administrator', madeBy: null }, { name: 'bob', madeBy: 'administrator' }, { name: 'bob-2' }] });
  expect(list).not.toContain(made.token);
  const rows = JSON.stringify([await gateway.running.app.get(Database).query('select * from api_token'), await gateway.running.app.get(Database).query('select * from audit')]);
  expect(rows).toContain('token.make');
  expect(rows).not.toContain(made.token);
  await http().delete('/api/v1/tokens/bob').set(by(administrator)).expect(200);
  await http().get('/api/v1/approvals').set(by(made.token)).expect(401);
  expect((await http().post('/api/v1/tokens').set(by(administrator)).send({ name: 'bob' }).expect(409)).body).toMatchObject({ code: 'STATE-050' });
});

it('makes no token whose first maker would be out of sight', async () => {
  let token = administrator;
  for (let made = 1; made <= 20; made++) ({ token } = (await http().post('/api/v1/tokens').set(by(token)).send({ name: `line-${made}` }).expect(201)).body as { token: string });
  await http().get('/api/v1/approvals').set(by(token)).expect(200);
  expect(seen.at(-1)?.context.actor?.madeBy?.at(-1)?.name).toBe('administrator');
  expect((await http().post('/api/v1/tokens').set(by(token)).send({ name: 'line-21' }).expect(409)).body).toMatchObject({ code: 'STATE-053' });
});

it('keeps the token of the configuration', async () => {
  await http().delete('/api/v1/tokens/administrator').set(by(administrator)).expect(409);
  await http().delete('/api/v1/tokens/nobody').set(by(administrator)).expect(404);
  await http().post('/api/v1/tokens').set(by(administrator)).send({ name: 'Not A Name' }).expect(422);
});

it('tells plans as JSON, text and Markdown', async () => {
  expect((await http().get(`/api/v1/plans/${id}`).set(by(administrator)).expect(200).expect('content-type', /json/)).body).toMatchObject({ hash: 'h' });
  expect((await http().get(`/api/v1/plans/${id}?format=text`).set(by(administrator)).expect(200).expect('content-type', /text\/plain/)).text).toBe('as text →');
  expect((await http().get(`/api/v1/plans/${id}?format=markdown`).set(by(administrator)).expect(200).expect('content-type', /text\/markdown/)).text).toBe('as markdown →');
  await http().get(`/api/v1/plans/${id}?format=pdf`).set(by(administrator)).expect(422);
});

it('refuses who is no second person, and an approval without a hash', async () => {
  const answer = await http().post(`/api/v1/plans/${id}/approve`).set(by(administrator)).send({ hash: 'h', reason: 'agreed' }).expect(403);
  expect(answer.body).toMatchObject({ code: 'AUTH-030', remedy: expect.stringContaining('somebody else') });
  expect(seen.at(-1)).toMatchObject({ request: { planId: id, hash: 'h', reason: 'agreed' } });
  await http().post(`/api/v1/plans/${id}/approve`).set(by(administrator)).send({}).expect(422);
  await http().post(`/api/v1/plans/${id}/reject`).set(by(administrator)).send({}).expect(422);
});
