import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readWatch, SilentWatch } from './read-watch.ts';

async function* chunks(...parts: string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

async function typesOf(stream: AsyncIterable<Buffer>): Promise<string[]> {
  const types: string[] = [];
  for await (const event of readWatch(stream, 1_000, () => undefined)) types.push(event.type);
  return types;
}

it('reads events across chunk borders and several in one chunk', async () => {
  expect(await typesOf(chunks('{"type":"ADDED","object":{}}\n{"type":"MODI', 'FIED","object":{}}\n', '\n{"type":"BOOK', 'MARK","obj', 'ect":{}}\n'))).toEqual(['ADDED', 'MODIFIED', 'BOOKMARK']);
});

it('drops a last line that was cut off', async () => {
  expect(await typesOf(chunks('{"type":"ADDED","object":{}}\n{"type":"MOD'))).toEqual(['ADDED']);
});

it('reads characters that were cut in two', async () => {
  const line = Buffer.from('{"type":"ADDED","object":{"name":"grün"}}\n');
  const cut = line.indexOf(0xc3) + 1;
  async function* halves(): AsyncGenerator<Buffer> { yield line.subarray(0, cut); yield line.subarray(cut); }
  const events = [];
  for await (const event of readWatch(halves(), 1_000, () => undefined)) events.push(event.object);
  expect(events).toEqual([{ name: 'grün' }]);
});

it('calls a stream silent on which nothing comes', async () => {
  const aborting = new AbortController();
  async function* silent(): AsyncGenerator<Buffer> {
    yield Buffer.from('{"type":"ADDED","object":{}}\n');
    await delay(5_000, undefined, { signal: aborting.signal });
  }
  const reading = (async () => { for await (const _event of readWatch(silent(), 30, (reason) => aborting.abort(reason))); })();
  await expect(reading).rejects.toThrow();
  expect(aborting.signal.reason).toBeInstanceOf(SilentWatch);
});
