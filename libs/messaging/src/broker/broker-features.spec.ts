import { describe, expect, it } from 'vitest';
import { featuresOf } from './broker-features.ts';

describe('featuresOf', () => {
  it('finds quorum queues from RabbitMQ 3.8 on', () => {
    expect(featuresOf('RabbitMQ', '3.7.28').quorumQueues).toBe(false);
    expect(featuresOf('RabbitMQ', '3.10.8').quorumQueues).toBe(true);
    expect(featuresOf('RabbitMQ', '4.0.0').quorumQueues).toBe(true);
  });

  it('finds priorities on quorum queues from 4.3 on', () => {
    expect(featuresOf('RabbitMQ', '4.2.9').quorumPriorities).toBe(false);
    expect(featuresOf('RabbitMQ', '4.3.0-rc.1').quorumPriorities).toBe(true);
  });

  it('trusts another product with classic queues only', () => {
    expect(featuresOf('Other', '9.9')).toMatchObject({ quorumQueues: false, quorumPriorities: false });
  });
});
