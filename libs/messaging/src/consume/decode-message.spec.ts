import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeData, encodeEnvelope } from '../outbox/encode-message.ts';
import { decodeMessage } from './decode-message.ts';

const wanted = { fabricId: randomUUID(), fromTree: null, reason: 'first' };
const body = (change: (envelope: Record<string, unknown>) => void = () => undefined) => {
  const bytes = encodeEnvelope('revision.wanted', encodeData('revision.wanted', wanted), { eventId: randomUUID(), timestamp: new Date(), source: 'fabric', metadata: { correlation_id: 'c' } });
  const envelope = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  change(envelope);
  return Buffer.from(JSON.stringify(envelope));
};
const anyType = () => true;

describe('decodeMessage', () => {
  it('gives back what was encoded', () => {
    expect(decodeMessage(body(), anyType)).toMatchObject({ ok: true, data: wanted, envelope: { event_type: 'revision.wanted' } });
  });

  it.each([
    ['broken JSON', Buffer.from('{"event_id":'), 'not JSON'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not JSON'],
    ['another envelope', Buffer.from('{}'), 'envelope'],
    ['an unknown type', body((envelope) => { envelope['event_type'] = 'nobody.knows'; }), 'not taken here'],
    ['an unknown version', body((envelope) => { envelope['event_version'] = 2; }), 'Version 2'],
    ['data that breaks the contract', body((envelope) => { envelope['data'] = {}; }), 'fabricId'],
  ])('refuses %s', (_, bytes, text) => {
    expect(decodeMessage(bytes, anyType)).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining(text) as string });
  });

  it('refuses a type that the consumer does not take', () => {
    expect(decodeMessage(body(), (type) => type === 'steps.apply')).toMatchObject({ ok: false });
  });
});
