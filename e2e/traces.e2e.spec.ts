import { createHmac, randomBytes } from 'node:crypto';
import { eventually, startOtlpReceiver, type OtlpReceiver } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mesh } from './mesh.ts';
import { vpcDocument } from './vpc-document.ts';

let receiver: OtlpReceiver;
let mesh: Mesh;
let secret = randomBytes(24).toString('hex');
const SERVICES = ['fabric', 'gateway', 'git-sync', 'k8s-sync', 'notification'];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  // Nothing else may make git-sync look, and find the push before the webhook does: no poll, no change of the repository.
  mesh = await Mesh.start({ fabrics: ['mesh'], pollSeconds: 3_600, webhookSecret: secret, environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } });
  await mesh.converged('mesh');
});
afterAll(async () => {
  await mesh?.stop();
  await receiver?.close();
});

/** What GitHub sends after a push, under a trace of the sender's. */
async function webhook(traceId: string): Promise<number> {
  const body = JSON.stringify({ ref: 'refs/heads/main', after: await mesh.work.git('rev-parse', 'HEAD'), repository: { full_name: 'team/network' } });
  const answer = await fetch(`${mesh.rest.url}/api/v1/webhooks/github/network`, {
    method: 'POST', body,
    headers: {
      'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': crypto.randomUUID(), traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  });
  return answer.status;
}

const traceId = () => crypto.randomUUID().replaceAll('-', '');

/** Waits until every service has a span in the trace; says which spans there are when one has none. */
async function tracedBy(id: string, timeout: number): Promise<void> {
  await eventually(() => {
    const missing = SERVICES.filter((service) => !receiver.servicesOf(id).has(service));
    if (missing.length > 0) throw new Error(`no span of ${missing.join(', ')} among ${receiver.spans.filter((span) => span.traceId === id && !span.name.startsWith('pg')).map((span) => `${span.service} ${span.name}`).join('; ')}`);
  }, { timeout });
}

describe('a trace', () => {
  it('runs from the webhook through all five services to the apply', async () => {
    const id = traceId();
    await mesh.work.publish({ 'mesh/tenants/t-1.yaml': vpcDocument('mesh', 't-1', 1) });
    expect(await webhook(id)).toBe(202);
    await tracedBy(id, 30_000);
    expect(receiver.spans.some((span) => span.traceId === id && span.service === 'k8s-sync' && /apply|PATCH/i.test(span.name))).toBe(true);
  });

  it('survives a restart of the relay', async () => {
    const id = traceId();
    await mesh.work.publish({ 'mesh/tenants/t-2.yaml': vpcDocument('mesh', 't-2', 2) });
    mesh.fabric('mesh').api.setLatency(60);
    expect(await webhook(id)).toBe(202);
    await mesh.killAndRestart('git-sync');
    await mesh.killAndRestart('fabric');
    await tracedBy(id, 60_000);
  });

  it('refuses a webhook with a wrong signature', async () => {
    secret = `${secret}-wrong`;
    expect(await webhook(traceId())).toBe(403);
  });
});
