import { errorToWire, Stalled } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../src/transport/transport.ts';
import { type Client, type ConformanceSuite, numbers, PATIENCE } from './conformance-client.ts';

/** Questions and their answers. */
export function askingConforms(suite: ConformanceSuite): void {
  describe('asking', () => {
    const answering = async (by: Client, answer: Answer) => {
      const answerer = by.transport.answerer('fabric', answer);
      answerer.start();
      expect(await answerer.untilOpen(30_000)).toBe(true);
      return answerer;
    };
    const asking = async () => {
      const asker = suite.client.transport.asker();
      asker.start();
      expect(await asker.untilOpen(30_000)).toBe(true);
      return { close: () => asker.close(), ask: async (text: string, deadlineMs = 30_000) => (await asker.ask({ service: 'fabric', method: 'conf.echo', body: Buffer.from(text), headers: { asked: text }, deadlineMs })).toString() };
    };
    const ok = (text: string): ReturnType<Answer> => Promise.resolve({ outcome: 'ok', body: Buffer.from(text) });

    it('brings answers and errors back', async () => {
      const answerer = await answering(suite.client, async ({ method, body, headers }) => body.toString() === 'bad'
        ? { outcome: 'error', body: Buffer.from(JSON.stringify(errorToWire(new Stalled({ code: 'STATE-001', message: 'no', remedy: 'none' })))) }
        : ok(`${method} ${body.toString()} ${String(headers['asked'])}`));
      const { ask, close } = await asking();
      expect(await Promise.all([ask('one'), ask('two')])).toEqual(['conf.echo one one', 'conf.echo two two']);
      await expect(ask('bad')).rejects.toMatchObject({ code: 'STATE-001' });
      await close();
      await answerer.close();
    });

    it('tells at once that nobody answers', async () => {
      const answerer = await answering(suite.client, () => ok('here'));
      const { ask, close } = await asking();
      expect(await ask('a')).toBe('here');
      await answerer.cancel();
      await answerer.close();
      await eventually(() => expect(ask('a')).rejects.toMatchObject({ code: 'BUS-020' }), PATIENCE);
      await close();
    });

    it('gives up at the deadline', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const answerer = await answering(suite.client, async () => {
        await promise;
        return ok('late');
      });
      const { ask, close } = await asking();
      await expect(ask('a', 100)).rejects.toMatchObject({ code: 'BUS-021' });
      resolve();
      await close();
      await answerer.close();
    });

    it('gives up when the connection is lost, and goes on with the next', async () => {
      const asked: string[] = [];
      const answerer = await answering(await suite.another(), async ({ body }) => {
        asked.push(body.toString());
        return body.toString() === 'held' ? new Promise(() => undefined) : ok('again');
      });
      const { ask, close } = await asking();
      const held = expect(ask('held')).rejects.toMatchObject({ code: 'BUS-022' });
      await eventually(() => asked.includes('held'), PATIENCE);
      await suite.broker.dropConnections();
      await held;
      await eventually(async () => await ask('next') === 'again', PATIENCE);
      await close();
      await answerer.close();
    });

    it('shares questions among answerers', async () => {
      const [one, two] = [await answering(suite.client, () => ok('one')), await answering(await suite.another(), () => ok('two'))];
      const { ask, close } = await asking();
      expect(new Set(await Promise.all(numbers(10).map((text) => ask(text))))).toEqual(new Set(['one', 'two']));
      await close();
      for (const each of [one, two]) await each.close();
    });
  });
}
