import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { gatherWrites } from './gather-writes.ts';

/** What each call of the system would get. */
function socket(): { socket: Writable; calls: string[] } {
  const calls: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      calls.push(String(chunk));
      done();
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  gatherWrites(stream);
  return { socket: stream, calls };
}

it('writes at once what comes in one turn', async () => {
  const { socket: stream, calls } = socket();
  const told: string[] = [];
  stream.write('a', () => told.push('a'));
  stream.write('b');
  stream.write('c', () => told.push('c'));
  await turn();
  stream.write('d');
  await turn();
  expect(calls).toEqual(['abc', 'd']);
  expect(told).toEqual(['a', 'c']);
});

it('loses nothing that is followed by the end', async () => {
  const { socket: stream, calls } = socket();
  stream.write('a');
  stream.end('b');
  await turn();
  expect(calls.join('')).toBe('ab');
});
