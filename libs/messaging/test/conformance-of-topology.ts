import { eventually } from '@heddle/testing';
import { describe, expect, it } from 'vitest';
import { type ConformanceSuite, DIRECT, PATIENCE, TOPOLOGY } from './conformance-client.ts';

/** What is declared, and what differs. */
export function topologyConforms(suite: ConformanceSuite): void {
  describe('the topology', () => {
    it('is declared again without a difference', async () => {
      expect((await suite.another()).transport.differences).toEqual([]);
    });

    it('is used as it is where it differs, the difference named', async () => {
      await suite.broker.declare({ queues: [{ name: 'conf.differs', ttlMs: 60_000 }] });
      const other = await suite.another({ ...TOPOLOGY, queues: [{ name: 'conf.differs', service: 'fabric', bindings: [{ exchange: DIRECT, key: 'differs' }] }] });
      expect(other.transport.differences).toMatchObject([{
        entity: 'queue conf.differs', reason: expect.stringContaining('PRECONDITION') as string, remedy: expect.stringContaining('delete queue conf.differs') as string,
      }]);
      expect(await other.publish('a', 'differs')).toBe('confirmed');
      expect(await (await other.consume('conf.differs')).until(1)).toEqual(['a']);
    });

    it('is declared anew when a queue was deleted, which is then consumed again', async () => {
      const taken = await suite.client.consume('conf.deleted');
      await suite.broker.deleteQueue('conf.deleted');
      await suite.client.deliver('after it', 'deleted');
      expect(await taken.until(1)).toEqual(['after it']);
    });

    it('is given back what was deleted when it is declared again', async () => {
      await suite.broker.deleteQueue('conf.deleted');
      expect(await suite.client.publish('a', 'deleted')).toBe('returned');
      await suite.client.transport.declareAgain();
      expect(await suite.client.publish('b', 'deleted')).toBe('confirmed');
    });

    it('tells what a queue holds, and that there is none', async () => {
      await suite.broker.declare({ queues: [{ name: 'conf.counted', bindings: [{ exchange: DIRECT, key: 'counted' }] }] });
      await suite.client.publish('a', 'counted');
      await eventually(async () => expect(await suite.client.transport.counts('conf.counted')).toEqual({ messages: 1, consumers: 0 }), PATIENCE);
      expect(await suite.client.transport.counts('conf.none')).toBeUndefined();
    });
  });
}
