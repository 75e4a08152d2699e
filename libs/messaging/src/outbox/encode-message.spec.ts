import { createHash, randomUUID } from 'node:crypto';
import { envelopeSchema } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { DEEPEST_JSON } from '../json/find-json-fault.ts';
import { deliveryOptionsOf, encodeData, encodeEnvelope, MAX_WORK_BYTES } from './encode-message.ts';

const release = { fabricId: randomUUID(), generation: 3 };

describe('encodeData', () => {
  it('refuses what does not fit the contract', () => {
    expect(() => encodeData('source.release', { ...release, fabricId: 'no uuid' })).toThrow(expect.objectContaining({
      code: 'BUS-001', errors: [expect.objectContaining({ field: 'fabricId' })],
    }));
  });

  it('leaves out what the contract does not know', () => {
    expect(JSON.parse(encodeData('source.release', { ...release, more: 1 } as never))).not.toHaveProperty('more');
  });

  it('refuses what would be nested too deep where it stands in the message', () => {
    const apply = (levels: number) => encodeData('steps.apply', {
      fabricId: randomUUID(), operationId: randomUUID(), operationNumber: 1, jobId: randomUUID(), chunk: 1, chunks: 1, deadline: new Date(0).toISOString(),
      steps: [{ stepId: 's', attempt: 1, action: 'create', target: { group: 'g', version: 'v1', plural: 'vpcs', kind: 'VPC', namespace: 'default', name: 'v' }, body: { nested: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown } }],
    });
    // The message, its data, the list, the step and its body are levels as well.
    expect(() => apply(DEEPEST_JSON - 5)).not.toThrow();
    expect(() => apply(DEEPEST_JSON - 4)).toThrow(expect.objectContaining({ code: 'BUS-004', message: expect.stringContaining('nested deeper') as string }));
  });

  it('refuses commands over 256 KB', () => {
    const wanted = (bytes: number) => ({ fabricId: randomUUID(), fromTree: null, reason: 'x'.repeat(bytes) });
    expect(() => encodeData('revision.wanted', wanted(MAX_WORK_BYTES - 200))).not.toThrow();
    expect(() => encodeData('revision.wanted', wanted(MAX_WORK_BYTES))).toThrow(expect.objectContaining({ code: 'BUS-002' }));
  });
});

describe('deliveryOptionsOf', () => {
  it('fills in what the publisher leaves open', () => {
    expect(deliveryOptionsOf('revision.wanted', {})).toEqual({ priority: 4, ttlMs: undefined });
    expect(deliveryOptionsOf('revision.wanted', { priority: 9, ttlMs: 500 })).toEqual({ priority: 9, ttlMs: 500 });
  });

  it.each([10, -1, 1.5])('refuses the priority %s', (priority) => {
    expect(() => deliveryOptionsOf('revision.wanted', { priority: priority as 9 })).toThrow(expect.objectContaining({ code: 'BUS-003', errors: [expect.objectContaining({ field: 'priority' })] }));
  });

  it('refuses a priority where order was asked for', () => {
    expect(() => deliveryOptionsOf('revision.observed', { priority: 9 })).toThrow('overtake its key');
  });
});

describe('encodeEnvelope', () => {
  it('renders an envelope that its schema accepts', () => {
    const json = encodeData('source.release', release);
    const envelope = envelopeSchema.parse(JSON.parse(encodeEnvelope('source.release', json, {
      eventId: randomUUID(), timestamp: new Date(0), source: 'fabric', metadata: { correlation_id: 'c' },
    }).toString('utf8')));
    expect(envelope.data).toEqual(JSON.parse(json));
    expect(envelope.metadata.content_hash).toBe(createHash('sha256').update(json).digest('hex'));
  });
});
