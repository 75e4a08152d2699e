import { describe, expect, it } from 'vitest';
import type { Transport } from '../transport/transport.ts';
import { QueueWatch } from './queue-watch.ts';

/** For how long the queue stands still at each look, seconds; it grows all the time, and this process takes nothing of it. */
async function play(seconds: readonly number[], takenAt: readonly number[]): Promise<{ standstills: number[]; asked: number[] }> {
  let now = 0;
  const asked: number[] = [];
  const transport = { counts: async () => ({ messages: 10 + now, consumers: 2 }) } as unknown as Transport;
  const watch = new QueueWatch(transport, () => ['a'], new Map(), {
    takenLately: async (queues) => {
      asked.push(now);
      return new Set(takenAt.includes(now) ? queues : []);
    },
    shareProgress: async () => new Map(),
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

describe('the queues of a service', () => {
  /** Two replicas that share what they know; the queue has a message at every look, of which the second one takes all. */
  function replicas() {
    const together = new Map<string, number>();
    const told: string[][] = [];
    let messages = 1;
    const transport = { counts: async () => ({ messages, consumers: 1 }) } as unknown as Transport;
    const delivered = new Map<string, number>();
    const shared = {
      takenLately: async () => new Set<string>(),
      shareProgress: async (known: ReadonlyMap<string, number | undefined>) => {
        told.push([...known.keys()]);
        for (const [queue, after] of known) if (after !== undefined) together.set(queue, Math.max(after, together.get(queue) ?? 0));
        return together;
      },
    };
    const watch = (own: ReadonlyMap<string, number>) => new QueueWatch(transport, () => ['a'], own, shared);
    const look = async (of: QueueWatch, at: number) => (await of.look(at * 1_000)).readings[0]!;
    const lag = async (of: QueueWatch, at: number) => (await look(of, at)).lagSeconds;
    return { look, idle: watch(new Map()), taking: watch(delivered), anew: () => watch(new Map()), lag, told, deliver: (at: number) => delivered.set('a', at * 1_000), let: (wait: number) => { messages = wait; } };
  }

  it('do not stand still while another replica is delivered their messages', async () => {
    const { idle, taking, look, deliver } = replicas();
    const standstills: number[] = [];
    for (const at of [100, 160, 220, 280]) {
      if (at < 280) deliver(at - 1);
      await look(taking, at);
      standstills.push((await look(idle, at + 5)).standstillSeconds);
    }
    expect(standstills).toEqual([0, 0, 0, 60]);
  });

  it('lag by what another replica was delivered', async () => {
    const { idle, taking, anew, lag, deliver } = replicas();
    expect(await lag(idle, 0)).toBe(0);
    deliver(80);
    expect([await lag(taking, 100), await lag(idle, 100), await lag(anew(), 100)]).toEqual([20, 20, 20]);
  });

  it('lag by when another replica saw them empty, told once a minute', async () => {
    const { idle, taking, anew, lag, told, let: wait } = replicas();
    wait(0);
    for (const at of [0, 30, 60, 65]) await lag(taking, at);
    expect(told).toEqual([['a'], [], ['a'], []]);
    wait(1);
    expect([await lag(anew(), 70), await lag(taking, 75), await lag(idle, 75)]).toEqual([10, 10, 10]);
  });
});
