import { bringPostgres, bringRabbitmq, type Started } from './infrastructure.ts';
import { demoFabrics, startDemoFabric, stopDemoFabric, type DemoFabric } from './demo-fabrics.ts';
import { startDemoRepository, type DemoRepository } from './demo-repository.ts';
import { loadState, saveState, stateFolder, type LocalState } from './local-state.ts';
import { Progress } from './progress.ts';
import { awaitConverged, registerDemo } from './register-demo.ts';
import { RestClient } from './rest-client.ts';
import { endLeftovers, isSupervised, readRecord, RecordWriter, removeRecord } from './running-record.ts';
import { buildServices, Services } from './services.ts';
import { thingsToTry } from './things-to-try.ts';
import { UndoStack } from './undo-stack.ts';

/**
 * `npm start`: brings up everything that Heddle needs and Heddle itself, with two demo fabrics,
 * and stays until Ctrl-C or `npm run stop`; then stops all of it, in the opposite order.
 */
export async function start(_args: string[]): Promise<number> {
  const running = readRecord();
  if (running !== undefined && isSupervised(running)) {
    console.log(running.state === 'ready' ? `Heddle runs already, at ${running.url} (npm run status tells more)` : 'Heddle is being started already.');
    return 0;
  }
  const progress = new Progress();
  const state = loadState();
  if (running !== undefined) {
    const ended = endLeftovers(running);
    if (ended.length > 0) progress.line(`ended what an earlier start left behind: ${ended.join(', ')}`);
  }
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked.abort());

  const undo = new UndoStack();
  let status = 0;
  try {
    await bringUp(state, progress, undo, asked.signal);
    await untilAborted(asked.signal);
  } catch (error) {
    if (!asked.signal.aborted) {
      console.error(error instanceof Error ? error.message : error);
      status = 1;
    }
  }
  console.log('\nStopping...');
  if (!(await undo.run())) status = 1;
  removeRecord();
  console.log(`Stopped. What was set up is kept in ${stateFolder} for the next start.`);
  return status;
}

async function bringUp(state: LocalState, progress: Progress, undo: UndoStack, asked: AbortSignal): Promise<void> {
  const began = performance.now();
  console.log('Starting Heddle:');
  const record = new RecordWriter();
  const { postgres, amqp, repository, fabrics } = await bringSurroundings(state, progress, record, undo);
  saveState(state);
  asked.throwIfAborted();
  const services = await Services.start({ postgres, amqp }, state, progress, record);
  undo.push(() => services.stop());
  saveState(state);

  const rest = new RestClient(services.url, state.adminToken);
  const fresh = await registerDemo(rest, repository, fabrics, state, progress);
  record.ready(services.url);
  try {
    await awaitConverged(rest, fresh, progress, asked);
  } catch (error) {
    asked.throwIfAborted();
    // Everything runs, and looking at it tells more than stopping it would.
    progress.line(`! ${error instanceof Error ? error.message : String(error)}`);
  }
  console.log(`\nHeddle is up after ${Math.round((performance.now() - began) / 1000)} s.\n`);
  console.log(thingsToTry({ url: services.url, token: state.adminToken, clone: repository.clone, fabric: fabrics[0] }));
}

interface Surroundings {
  postgres: string;
  amqp: string;
  repository: DemoRepository;
  fabrics: DemoFabric[];
}

/** All at once, since downloads and waits overlap; whatever came up is stopped even when another part failed. */
async function bringSurroundings(state: LocalState, progress: Progress, record: RecordWriter, undo: UndoStack): Promise<Surroundings> {
  const keep = async <T>(part: Promise<Started<T>>): Promise<T> => {
    const { value, stop } = await part;
    undo.push(stop);
    return value;
  };
  const onError = (error: unknown): void => progress.line(`! simulated fabric: ${String(error)}`);
  const parts = [
    keep(bringPostgres(state, progress, record)),
    keep(bringRabbitmq(progress, record)),
    keep(startDemoRepository(state).then((value) => ({ value, stop: value.server.close }))),
    Promise.all(demoFabrics.map((name) => keep(
      startDemoFabric(name, state, progress, onError).then((value) => ({ value, stop: () => stopDemoFabric(value) })),
    ))),
    buildServices(progress),
  ] as const;
  await Promise.allSettled(parts);
  const [postgres, amqp, repository, fabrics] = await Promise.all(parts);
  return { postgres, amqp, repository, fabrics };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // Nothing else need keep this process alive.
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(alive);
      resolve();
    }, { once: true });
  });
}
