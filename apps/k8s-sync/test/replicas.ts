import { type KubeSandbox, startKubeSandbox } from '@heddle/kube-sandbox';
import { launchService, type LaunchedService } from '@heddle/testing';
import type { ApiClient } from '../src/api/api-client.ts';
import { type JobInput, ServiceUnderTest } from './service-under-test.ts';
import { clientOf, credentialsOf, installWidgets, widget, widgetBody } from './widgets.ts';

/** A lease is taken over 15 s after the last heartbeat, which came up to 5 s before the end. */
export const TAKE_OVER_MS = 40_000;

/** A Kubernetes API and what k8s-sync talks to, for as many processes of it as a test launches. */
export class Replicas {
  readonly #processes: LaunchedService[] = [];

  private constructor(readonly sandbox: KubeSandbox, readonly client: ApiClient, readonly mesh: ServiceUnderTest) {}

  static async start(): Promise<Replicas> {
    const sandbox = await startKubeSandbox();
    const client = clientOf(credentialsOf(sandbox));
    await installWidgets(client);
    return new Replicas(sandbox, client, await ServiceUnderTest.start({ HEDDLE_LOG_LEVEL: 'warn' }, { service: false }));
  }

  async launch(): Promise<LaunchedService> {
    const launched = await launchService('k8s-sync', this.mesh.env);
    this.#processes.push(launched);
    return launched;
  }

  /** How often each object of `creates(prefix, …)` was written, by request. */
  writesOf(prefix: string): [string, number][] {
    return [...this.sandbox.requestCounts()].filter(([key]) => new RegExp(`/${prefix}\\d+$`).test(key));
  }

  /** Ends the processes too, also those that are paused. */
  async close(): Promise<void> {
    for (const launched of this.#processes) {
      launched.process.signal('SIGCONT');
      await launched.kill();
    }
    await this.mesh.stop();
    await this.client.close();
    await this.sandbox.close();
  }
}

/** Steps that make so many objects, in four chains. */
export function creates(prefix: string, count: number): JobInput['steps'] {
  return Array.from({ length: count }, (_, index) => ({
    stepId: `${prefix}${index}`, action: 'create' as const, target: widget(`${prefix}${index}`), body: widgetBody(`${prefix}${index}`, { size: index }), dependsOn: index < 4 ? [] : [`${prefix}${index - 4}`],
  }));
}
