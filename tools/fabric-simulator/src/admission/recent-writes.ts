import { isDeepStrictEqual } from 'node:util';
import type { FabricView } from '../fabric/fabric-view.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { AdmissionRequest } from './admission-review.ts';

const keptMs = 5_000;

interface Write {
  kind: string;
  name: string;
  /** Undefined for a delete. */
  object: KubeObject | undefined;
  uid: string | undefined;
  /** The version that an update or delete replaces; undefined for a creation. */
  replaced: string | undefined;
  at: number;
}

/**
 * What has just been let through and may not have come back by the watch yet, laid over the cache. All writes pass
 * admission, so that the last one let through is the truth until the cache shows it; one that the API server refused
 * afterwards is forgotten after 5 s. Till then it can cause refusals, and each of these is confirmed on a fresh list.
 */
export class RecentWrites implements FabricView {
  private readonly writes = new Map<string, Write>();

  constructor(private readonly cache: FabricView, private readonly now: () => number = Date.now) {}

  admitted({ operation, object, oldObject, dryRun }: AdmissionRequest): void {
    const subject = object ?? oldObject;
    if (!subject || dryRun || operation === 'CONNECT') return;
    const { kind, metadata: { name } } = subject;
    if (operation === 'DELETE' && oldObject?.metadata.finalizers) return; // it stays for now
    const replaced = operation === 'CREATE' ? undefined : oldObject?.metadata.resourceVersion;
    this.forgetExpired();
    this.writes.delete(`${kind}/${name}`); // so that the map stays in order of time
    this.writes.set(`${kind}/${name}`, {
      kind, name, object: operation === 'DELETE' ? undefined : subject, uid: (oldObject ?? subject).metadata.uid, replaced, at: this.now(),
    });
  }

  get(kind: string, name: string): KubeObject | undefined {
    const write = this.pending(`${kind}/${name}`);
    return write ? write.object : this.cache.get(kind, name);
  }

  list(kind: string): KubeObject[] {
    const objects = new Map(this.cache.list(kind).map((object) => [object.metadata.name, object]));
    for (const [key, { kind: written, name }] of this.writes) {
      if (written !== kind) continue;
      const write = this.pending(key);
      if (write?.object) objects.set(name, write.object);
      else if (write) objects.delete(name);
    }
    return [...objects.values()];
  }

  private forgetExpired(): void {
    for (const [key, { at }] of this.writes) {
      if (this.now() - at < keptMs) return;
      this.writes.delete(key);
    }
  }

  private pending(key: string): Write | undefined {
    const write = this.writes.get(key);
    if (!write) return undefined;
    const cached = this.cache.get(write.kind, write.name);
    if (this.now() - write.at < keptMs && !isShown(write, cached)) return write;
    this.writes.delete(key);
    return undefined;
  }
}

/**
 * Absence from the cache proves no delete, and neither does an object with another uid: it may be an earlier one, still
 * on its way out. A version later than the one that the write replaces shows the write, as one after it would have
 * taken its place here.
 */
function isShown({ object, uid, replaced }: Write, cached: KubeObject | undefined): boolean {
  if (!cached) return false;
  if (replaced !== undefined) return (object !== undefined || cached.metadata.uid !== uid) && isLater(cached.metadata.resourceVersion, replaced);
  return uid === undefined ? isDeepStrictEqual(object?.spec, cached.spec) : uid === cached.metadata.uid;
}

const isLater = (version: string | undefined, than: string): boolean => BigInt(version ?? 0) > BigInt(than);
