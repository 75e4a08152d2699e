import { describe, expect, it } from 'vitest';
import { inboxConsumerOf } from './inbox-consumer.ts';

const replay = '6f1d1c4e-5f0f-4f0e-9c40-0d7f4b1f6a01';

describe('inboxConsumerOf', () => {
  it.each([
    [{}, 'fabric.x'], [{ 'heddle-replay': replay }, `fabric.x@${replay}`],
    [{ 'heddle-replay': 'yes' }, 'fabric.x'], [{ 'heddle-replay': Buffer.from(replay) }, 'fabric.x'], [{ 'heddle-replay': `${replay}@` }, 'fabric.x'],
  ])('with the headers %o is %s', (headers, consumer) => {
    expect(inboxConsumerOf('fabric.x', headers)).toBe(consumer);
  });
});
