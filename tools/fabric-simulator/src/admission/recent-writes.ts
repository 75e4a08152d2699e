import type { FabricView } from '../fabric/fabric-view.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { AdmissionRequest } from './admission-review.ts';

const keptMs = 5_000;

interface Write {
  kind: string;
  name: string;
  /** Undefined for a delete. */
  object: KubeObject | undefined;
  at: number;
  /** The version that the cache held when the write was let through; another one means that the watch has caught up. */
  cachedVersion: string | undefined;
}

/**
 * What has just been let through and may not have come back by the watch yet, laid over the cache.
 * A write that the API server refused after admission is forgotten after 5 s; until then it can only cause a
 * refusal, and each of these is confirmed against a fresh list.
 */
export class RecentWrites implements FabricView {
  private readonly writes = new Map<string, Write>();

  constructor(private readonly cache: FabricView, private readonly now: () => number = Date.now) {}

  admitted({ operation, object, oldObject, dryRun }: AdmissionRequest): void {
    const subject = object ?? oldObject;
    if (!subject || dryRun || operation === 'CONNECT') return;
    const { kind, metadata: { name } } = subject;
    const gone = operation === 'DELETE' && !oldObject?.metadata.finalizers;
    if (operation === 'DELETE' && !gone) return;
    const cachedVersion = this.cache.get(kind, name)?.metadata.resourceVersion;
    this.writes.set(`${kind}/${name}`, { kind, name, object: gone ? undefined : subject, at: this.now(), cachedVersion });
  }

  get(kind: string, name: string): KubeObject | undefined {
    const write = this.current(`${kind}/${name}`);
    return write ? write.object : this.cache.get(kind, name);
  }

  list(kind: string): KubeObject[] {
    const objects = new Map(this.cache.list(kind).map((object) => [object.metadata.name, object]));
    for (const [key, { kind: written, name }] of this.writes) {
      if (written !== kind) continue;
      const write = this.current(key);
      if (write?.object) objects.set(name, write.object);
      else if (write) objects.delete(name);
    }
    return [...objects.values()];
  }

  private current(key: string): Write | undefined {
    const write = this.writes.get(key);
    if (!write) return undefined;
    const caughtUp = this.cache.get(write.kind, write.name)?.metadata.resourceVersion !== write.cachedVersion;
    if (!caughtUp && this.now() - write.at < keptMs) return write;
    this.writes.delete(key);
    return undefined;
  }
}
