import { describe, expect, it } from 'vitest';
import type { Transport } from '../transport/transport.ts';
import { QueueWatch } from './queue-watch.ts';

/** For how long the queue stands still at each look, seconds; it grows all the time, and this process takes nothing of it. */
async function play(seconds: readonly number[], takenAt: readonly number[]): Promise<{ standstills: number[]; asked: number[] }> {
  let now = 0;
  const asked: number[] = [];
  const transport = { counts: async () => ({ messages: 10 + now, consumers: 2 }) } as unknown as Transport;
  const watch = new QueueWatch(transport, () => ['a'], new Map(), async (queues) => {
    asked.push(now);
    return new Set(takenAt.includes(now) ? queues : []);
  });
  const standstills: number[] = [];
  for (now of seconds) standstills.push((await watch.look(now * 1_000)).readings[0]!.standstillSeconds);
  return { standstills, asked };
}

describe('a queue that only grows', () => {
  it('stands still while no replica takes of it', async () => {
    expect(await play([0, 30, 60, 90, 305], [])).toEqual({ standstills: [0, 30, 60, 90, 305], asked: [60, 90, 305] });
  });

  it('moves while another replica takes of it, which is asked once a minute', async () => {
    expect(await play([0, 30, 60, 90, 120, 150, 180], [60, 120])).toEqual({ standstills: [0, 30, 0, 30, 0, 30, 60], asked: [60, 120, 180] });
  });
});
