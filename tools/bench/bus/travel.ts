import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { repositoryRoot } from '@heddle/local';
import type { UndoStack } from '../../local/src/start/undo-stack.ts';
import { cpuSeconds } from '../sync/cpu-seconds.ts';
import type { Answer, Order } from './end-of-road.ts';
import type { RoadAddresses, RoadName } from './road.ts';

/** What one road did in one run. */
export interface Travel {
  /** Messages per second of bursts, each from the first sending to the last message taken. */
  perSecond: number;
  /** Of messages sent one by one at a pace, milliseconds. */
  p50Ms: number;
  p99Ms: number;
  senderMib: number;
  takerMib: number;
  /** Processor time for a message of these bursts, microseconds; zeros where there is no /proc. */
  cpu: PartsCpu;
}

export interface PartsCpu {
  sender: number;
  taker: number;
  postgres: number;
  rabbitmq: number;
}

export interface TravelOptions {
  road: RoadName;
  messages: number;
  rate: number;
  profiles: string | undefined;
  /** Process ids of the servers that every road shares. */
  servers: { postgres: number; rabbitmq: number };
}

/** V8 compiles for seconds what runs all the time in a service. */
const WARM_UP_MS = 6_000;
const BURSTS = 3;
const PACED_SECONDS = 5;
const LONGEST_MS = 120_000;

/** Sends messages down a road, from one fresh process to another. */
export async function travel(addresses: RoadAddresses, { road, messages, rate, profiles, servers }: TravelOptions, undo: UndoStack): Promise<Travel> {
  const taker = await End.start(road, 'taker', addresses, profiles, undo);
  const sender = await End.start(road, 'sender', addresses, profiles, undo);
  const send = async (count: number, perSecond?: number) => {
    await taker.ask({ order: 'expect', count }, 'expecting');
    const taken = taker.next('taken');
    const { begunAt } = await sender.ask({ order: 'send', count, ...(perSecond !== undefined && { perSecond }) }, 'sent');
    const { endedAt, ages } = await taken;
    return { ms: endedAt - begunAt, ages: ages.sort((left, right) => left - right) };
  };
  try {
    const warmAt = performance.now() + WARM_UP_MS;
    while (performance.now() < warmAt) await send(messages);
    const cpu = () => cpuSeconds({ sender: sender.pid, taker: taker.pid, ...servers });
    const before = cpu();
    let ms = 0;
    for (let burst = 0; burst < BURSTS; burst++) ms += (await send(messages)).ms;
    const after = cpu();
    const sent = messages * BURSTS;
    const microseconds = (part: keyof PartsCpu) => ((after[part] ?? 0) - (before[part] ?? 0)) * 1e6 / sent;
    const { ages } = await send(rate * PACED_SECONDS, rate);
    const [{ mib: senderMib }, { mib: takerMib }] = [await sender.ask({ order: 'memory' }, 'memory'), await taker.ask({ order: 'memory' }, 'memory')];
    return { perSecond: sent / (ms / 1_000), p50Ms: ages[Math.floor(ages.length * 0.5)]!, p99Ms: ages[Math.floor(ages.length * 0.99)]!, senderMib, takerMib,
      cpu: { sender: microseconds('sender'), taker: microseconds('taker'), postgres: microseconds('postgres'), rabbitmq: microseconds('rabbitmq') } };
  } finally {
    await Promise.all([sender.stop(), taker.stop()]);
  }
}

/** One end of a road, as a process. */
class End {
  private constructor(private readonly child: ChildProcess, private readonly name: string) {}

  static async start(road: RoadName, end: 'sender' | 'taker', { amqpUrl, databaseUrl }: RoadAddresses, profiles: string | undefined, undo: UndoStack): Promise<End> {
    const child = fork(fileURLToPath(new URL('end-of-road.ts', import.meta.url)), [road, end, amqpUrl, databaseUrl], {
      cwd: repositoryRoot,
      execArgv: ['--conditions=@heddle/source', '--import', new URL('tools/ts-loader.mjs', `file://${repositoryRoot}/`).href, ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${road}-${end}-${Date.now()}.cpuprofile`])],
    });
    const started = new End(child, `${road} ${end}`);
    undo.push(() => started.stop());
    await started.next('ready');
    return started;
  }

  get pid(): number {
    return this.child.pid!;
  }

  async ask<Kind extends Answer['answer']>(order: Order, kind: Kind): Promise<Extract<Answer, { answer: Kind }>> {
    const answer = this.next(kind);
    this.child.send(order);
    return answer;
  }

  next<Kind extends Answer['answer']>(kind: Kind): Promise<Extract<Answer, { answer: Kind }>> {
    return new Promise((resolve, reject) => {
      const end = (error?: Error) => {
        clearTimeout(timer);
        this.child.off('message', heard);
        this.child.off('exit', ended);
        if (error) reject(error);
      };
      const timer = setTimeout(() => end(new Error(`${this.name}: no '${kind}' within ${LONGEST_MS / 1_000} s`)), LONGEST_MS);
      const ended = () => end(new Error(`${this.name} ended before '${kind}'`));
      const heard = (message: unknown) => {
        const answer = message as Answer;
        if (answer.answer !== kind) return;
        end();
        resolve(answer as Extract<Answer, { answer: Kind }>);
      };
      this.child.on('message', heard);
      this.child.on('exit', ended);
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    const late = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(late);
  }
}
