import type { Envelope } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { matchesSubscription } from './matches-subscription.ts';

const event = (type: string, fabric?: string): Envelope => ({ event_id: 'e', event_type: type, event_version: 1, timestamp: '', source: 's', data: {}, metadata: { correlation_id: 'c', ...(fabric && { fabric_id: fabric }) } });

describe('matchesSubscription', () => {
  it.each([
    [['*'], null, event('fabric.state_changed'), true], [['fabric.*'], null, event('fabric.sync_changed'), true], [['fabric.*'], null, event('drift.detected'), false],
    [['drift.detected'], null, event('drift.detected', 'f1'), true], [['drift.detected'], null, event('drift.resolved', 'f1'), false],
    [['*'], ['f1'], event('drift.detected', 'f1'), true], [['*'], ['f1'], event('drift.detected', 'f2'), false], [['*'], ['f1'], event('repository.state_changed'), false],
    [['*'], null, event('delivery.failed'), false],
  ] as const)('%j of fabrics %j takes %o: %s', (types, fabrics, given, taken) => {
    expect(matchesSubscription({ types, fabrics }, given)).toBe(taken);
  });
});
