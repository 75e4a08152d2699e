import { setTimeout as delay } from 'node:timers/promises';
import type { FabricView } from '../fabric/fabric-view.ts';
import { collectionPath, type KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import type { Body, KubeObject } from './kube-object.ts';

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** A view of the fabric that can be told of one's own writes. */
export interface LiveFabric extends FabricView {
  remember(kind: Kind, object: KubeObject): void;
}

/** All objects of some kinds in one namespace, kept up to date by a list and a watch for each kind. */
export class ObjectCache implements LiveFabric {
  private readonly byKind = new Map<string, Map<string, KubeObject>>();
  private readonly abort = new AbortController();
  private readonly loops: Promise<void>[] = [];

  constructor(
    private readonly client: KubeClient,
    private readonly kinds: readonly Kind[],
    private readonly namespace: string,
    private readonly onChange: (kind: string, name: string) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    for (const { kind } of kinds) this.byKind.set(kind, new Map());
  }

  /** Resolves when every kind has been listed once; the watches go on until close(). */
  async start(): Promise<void> {
    await Promise.all(this.kinds.map(async (kind) => {
      const version = await this.listed(kind);
      this.loops.push(this.follow(kind, version));
    }));
  }

  async close(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.loops);
  }

  get(kind: string, name: string): KubeObject | undefined {
    return this.byKind.get(kind)?.get(name);
  }

  list(kind: string): KubeObject[] {
    return [...(this.byKind.get(kind)?.values() ?? [])];
  }

  /** Takes in the answer to a write, so that its writer need not wait for the watch to see it. */
  remember({ kind }: Kind, object: KubeObject): void {
    const known = this.byKind.get(kind)?.get(object.metadata.name);
    if (known?.metadata.uid === object.metadata.uid) this.put(kind, object);
  }

  private async listed(kind: Kind): Promise<string> {
    const { items, metadata } = await this.client.list(kind, this.namespace);
    const seen = this.byKind.get(kind.kind)!;
    const gone = new Set(seen.keys());
    for (const item of items) {
      gone.delete(item.metadata.name);
      // items of a list carry neither apiVersion nor kind
      this.put(kind.kind, { ...item, apiVersion: apiVersionOf(kind), kind: kind.kind });
    }
    for (const name of gone) this.drop(kind.kind, seen.get(name)!);
    return metadata.resourceVersion;
  }

  private async follow(kind: Kind, version: string | undefined): Promise<void> {
    let pause = firstPauseMs;
    while (!this.abort.signal.aborted) {
      try {
        version ??= await this.listed(kind);
        const path = `${collectionPath(kind, this.namespace)}?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${version}`;
        for await (const event of this.client.watchLines(path, this.abort.signal)) {
          version = this.take(kind, event);
          pause = firstPauseMs;
        }
      } catch (error) {
        if (this.abort.signal.aborted) return;
        this.onError(error);
        // the version may be too old, or the server another one: look at everything again
        version = undefined;
        await delay(pause, undefined, { signal: this.abort.signal }).catch(() => undefined);
        pause = Math.min(pause * 2, longestPauseMs);
      }
    }
  }

  private take(kind: Kind, { type, object }: Body): string {
    if (type === 'ERROR') throw new KubeError(`the watch of ${kind.plural} ended: ${object.message}`, object.code, object.reason);
    if (type === 'DELETED') this.drop(kind.kind, object as KubeObject);
    else if (type !== 'BOOKMARK') this.put(kind.kind, object as KubeObject);
    return object.metadata.resourceVersion;
  }

  /** Events come in order, answers to writes ahead of them: what is older than the known version is dropped. */
  private put(kind: string, object: KubeObject): void {
    const objects = this.byKind.get(kind)!;
    const { name, uid, resourceVersion } = object.metadata;
    const known = objects.get(name)?.metadata;
    if (known?.uid === uid && BigInt(known?.resourceVersion ?? 0) >= BigInt(resourceVersion ?? 0)) return;
    objects.set(name, object);
    this.onChange(kind, name);
  }

  private drop(kind: string, { metadata: { name, uid } }: KubeObject): void {
    const objects = this.byKind.get(kind)!;
    if (objects.get(name)?.metadata.uid !== uid) return;
    objects.delete(name);
    this.onChange(kind, name);
  }
}
