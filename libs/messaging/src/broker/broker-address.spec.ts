import { describe, expect, it } from 'vitest';
import { brokerUrls, describeBroker } from './broker-address.ts';

describe('brokerUrls', () => {
  it('splits a list of nodes at its commas', () => {
    expect(brokerUrls('amqp://a:1/v, amqps://b/v')).toEqual(['amqp://a:1/v', 'amqps://b/v']);
  });

  it('refuses an empty list and other protocols', () => {
    expect(() => brokerUrls(' , ')).toThrow('No URL');
    expect(() => brokerUrls('http://a')).toThrow('amqp://');
  });
});

describe('describeBroker', () => {
  it('leaves out user and password', () => {
    const url = new URL('amqp://broker:5673/mesh');
    url.username = 'somebody';
    url.password = crypto.randomUUID();
    expect(describeBroker(url.href)).toBe('amqp://broker:5673/mesh');
  });

  it('knows nothing of what is no URL', () => {
    expect(describeBroker(undefined)).toBe('unknown address');
  });
});
