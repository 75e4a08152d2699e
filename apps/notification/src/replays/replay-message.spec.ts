import { createHash } from 'node:crypto';
import { type Envelope, envelopeSchema } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { replayMessage } from './replay-message.ts';

const event: Envelope = {
  data: { b: 1, a: 'ä' }, source: 'fabric', event_id: '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01', event_type: 'fabric.state_changed', event_version: 1, timestamp: '2026-01-01T00:00:00.000Z',
  metadata: { correlation_id: 'c', content_hash: 'of other bytes', expires_at: '2026-01-02T00:00:00.000Z' },
};

describe('replayMessage', () => {
  it('is the event with the hash of its data as sent', () => {
    const text = replayMessage(event).toString();
    const sent = envelopeSchema.parse(JSON.parse(text));
    const data = text.slice(text.indexOf('"data":') + 7, -1);
    expect(sent).toEqual({ ...event, metadata: { correlation_id: 'c', content_hash: createHash('sha256').update(data).digest('hex') } });
    expect(data).toBe('{"b":1,"a":"ä"}');
  });
});
