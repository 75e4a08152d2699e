import { describe, expect, it } from 'vitest';
import { choicesOf, featuresOf } from './broker-features.ts';

describe('featuresOf', () => {
  it('finds quorum queues from RabbitMQ 3.8 on', () => {
    expect(featuresOf('RabbitMQ', '3.7.28', true).quorumQueues).toBe(false);
    expect(featuresOf('RabbitMQ', '3.10.8', true).quorumQueues).toBe(true);
    expect(featuresOf('RabbitMQ', '4.0.0', true).quorumQueues).toBe(true);
  });

  it('finds priorities on quorum queues from 4.3 on', () => {
    expect(featuresOf('RabbitMQ', '4.2.9', true).quorumPriorities).toBe(false);
    expect(featuresOf('RabbitMQ', '4.3.0-rc.1', true).quorumPriorities).toBe(true);
  });

  it('finds dead-lettering at least once from 3.10 on', () => {
    expect(featuresOf('RabbitMQ', '3.9.20', true).atLeastOnceDeadLettering).toBe(false);
    expect(featuresOf('RabbitMQ', '3.10.8', true).atLeastOnceDeadLettering).toBe(true);
  });

  it('trusts another product with classic queues only', () => {
    expect(featuresOf('Other', '9.9', true)).toMatchObject({ quorumQueues: false, quorumPriorities: false, atLeastOnceDeadLettering: false, consistentHash: true });
  });
});

describe('choicesOf', () => {
  it('says that replication wins over priorities', () => {
    expect(choicesOf(featuresOf('RabbitMQ', '3.10.8', true))).toContainEqual(expect.stringMatching(/priorities have no effect.*replication win/));
    expect(choicesOf(featuresOf('RabbitMQ', '4.3.0', true))).toContain('priorities 0-9, highest first');
    expect(choicesOf(featuresOf('RabbitMQ', '3.7.0', true))).toContain('priorities 0-9, highest first');
  });

  it('names the plugin that many consumers need', () => {
    expect(choicesOf(featuresOf('RabbitMQ', '3.10.8', false)).join()).toContain('rabbitmq_consistent_hash_exchange');
    expect(choicesOf(featuresOf('RabbitMQ', '3.10.8', true)).join()).not.toContain('rabbitmq_consistent_hash_exchange');
  });
});
