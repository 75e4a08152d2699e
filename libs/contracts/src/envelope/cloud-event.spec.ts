import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Actor } from './actor.ts';
import { cloudEventSchema, fromCloudEvent, toCloudEvent } from './cloud-event.ts';
import type { Envelope } from './envelope.v1.ts';

const text = fc.string({ minLength: 1, maxLength: 30 });
const word = fc.stringMatching(/^[a-z_]{1,12}$/);
const time = fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }).map((date) => date.toISOString());
const actor: fc.Arbitrary<Actor> = fc.record({ type: fc.constantFrom('user', 'token', 'system', 'git', 'cluster'), id: text, name: fc.string(), madeBy: fc.array(fc.record({ id: fc.string(), name: fc.string() }), { maxLength: 3 }) }, { requiredKeys: ['type', 'id'] });
const envelope: fc.Arbitrary<Envelope> = fc.record({
  event_id: fc.uuid(), event_type: fc.tuple(word, word).map((parts) => parts.join('.')), event_version: fc.integer({ min: 1, max: 999 }), timestamp: time, source: text,
  // As it travels: what JSON can't say is not in a message.
  data: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  metadata: fc.record({
    correlation_id: text, causation_id: text, actor, fabric_id: fc.uuid(), ordering_key: text, sequence: fc.maxSafeNat(), epoch: fc.maxSafeNat(), expires_at: time, traceparent: fc.string(), content_hash: fc.string(),
  }, { requiredKeys: ['correlation_id'] }),
});

describe('a CloudEvent', () => {
  it('gives back the envelope that it was made of', () => {
    fc.assert(fc.property(envelope, (before) => {
      const sent: unknown = JSON.parse(JSON.stringify(toCloudEvent(before)));
      expect(fromCloudEvent(sent)).toEqual(before);
    }));
  });

  it('has attributes as the specification wants them', () => {
    fc.assert(fc.property(envelope, (before) => {
      const event = toCloudEvent(before);
      expect(cloudEventSchema.safeParse(event).success).toBe(true);
      for (const [name, value] of Object.entries(event)) {
        expect(name).toMatch(/^[a-z0-9]{1,20}$/);
        if (name !== 'data') expect(typeof value).toBe('string');
      }
    }));
  });

  it('of somebody else is refused with its attributes named', () => {
    expect(() => fromCloudEvent({ specversion: '1.0', id: '1', type: 'com.example', source: '/x' })).toThrow(/"type"/);
    const ours = toCloudEvent(fc.sample(envelope, 1)[0]!);
    expect(() => fromCloudEvent({ ...ours, actormadeby: 'a token' })).toThrow(/"actormadeby"/);
  });
});
