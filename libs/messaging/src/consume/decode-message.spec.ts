import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeData, encodeEnvelope } from '../outbox/encode-message.ts';
import { decodeMessage, MAX_BODY_BYTES } from './decode-message.ts';

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
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not UTF-8'],
    ['another envelope', Buffer.from('{}'), 'envelope'],
    ['an unknown type', body((envelope) => { envelope['event_type'] = 'nobody.knows'; }), 'not taken here'],
    ['an unknown version', body((envelope) => { envelope['event_version'] = 2; }), 'Version 2'],
    ['data that breaks the contract', body((envelope) => { envelope['data'] = {}; }), 'fabricId'],
  ])('refuses %s', (_, bytes, text) => {
    expect(decodeMessage(bytes, anyType)).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining(text) as string });
  });

  it.each([
    ['a key that stands twice', (text: string) => text.replace('"reason":"first"', '"reason":"first","reason":"second"'), "'data.reason' stands twice"],
    ['the name of the prototype', (text: string) => text.replace('"reason":', '"__proto__":{"reason":"x"},"reason":'), "'data.__proto__'"],
    ['too many levels', (text: string) => text.replace('"first"', `${'['.repeat(101)}${']'.repeat(101)}`), 'nested deeper'],
  ])('refuses %s, and names it', (_, change, text) => {
    const result = decodeMessage(Buffer.from(change(body().toString())), anyType);
    expect(result).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining(text) as string });
  });

  it('reads no body that is too large', () => {
    const bytes = Buffer.alloc(MAX_BODY_BYTES + 1, ' ');
    expect(decodeMessage(bytes, anyType)).toMatchObject({ ok: false, reason: 'too-large', message: expect.stringContaining(String(bytes.length)) as string });
  });

  it('takes no type from the prototype of objects', () => {
    expect(decodeMessage(body((envelope) => { envelope['event_type'] = 'to.string'; }), anyType)).toMatchObject({ ok: false });
    expect(decodeMessage(body((envelope) => { envelope['event_type'] = 'constructor'; }), anyType)).toMatchObject({ ok: false });
  });

  it('tells what is known of a message that it refuses', () => {
    const fabricId = randomUUID();
    const refused = decodeMessage(body((envelope) => {
      envelope['event_version'] = 9;
      envelope['metadata'] = { correlation_id: 'push-1', fabric_id: fabricId, ordering_key: 7 };
    }), anyType);
    expect(refused.known).toMatchObject({ type: 'revision.wanted', source: 'fabric', correlationId: 'push-1', fabricId });
    expect(refused.known.orderingKey).toBeUndefined();
    expect(decodeMessage(Buffer.from('[1]'), anyType).known).toEqual({});
  });

  it('refuses a type that the consumer does not take', () => {
    expect(decodeMessage(body(), (type) => type === 'steps.apply')).toMatchObject({ ok: false });
  });
});
