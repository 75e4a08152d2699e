import type { KubeObject } from '../kube-object.ts';
import { kubeTime } from '../kube-object.ts';
import type { Change } from '../store/collection.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from './registry.ts';

const NAMESPACES = '/namespaces';
const PERIOD = 100;

/** Plays the namespace controller: removes what is in a deleted namespace, then the namespace. Finalizers hold it up. */
export class NamespaceReaper {
  private readonly leaving = new Set<string>();
  private readonly stop: () => void;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
  ) {
    for (const namespace of store.collection(NAMESPACES).all()) this.notice(namespace);
    this.stop = store.listen(NAMESPACES, (change: Change) => {
      if (change.type === 'DELETED') this.leaving.delete(change.key);
      else this.notice(change.object);
    });
  }

  close(): void {
    this.stop();
    clearTimeout(this.timer);
  }

  private notice(namespace: KubeObject): void {
    if (namespace.metadata.deletionTimestamp === undefined) return;
    this.leaving.add(namespace.metadata.name ?? '');
    this.timer ??= setTimeout(() => this.reap(), PERIOD);
  }

  private reap(): void {
    this.timer = undefined;
    for (const name of [...this.leaving]) {
      const namespace = this.store.collection(NAMESPACES).get(name);
      if (namespace === undefined) this.leaving.delete(name);
      else if (this.empty(name) && (namespace.metadata.finalizers ?? []).length === 0) {
        this.leaving.delete(name);
        this.store.remove(NAMESPACES, name, { ...namespace, spec: {} });
      }
    }
    if (this.leaving.size > 0) this.timer = setTimeout(() => this.reap(), PERIOD);
  }

  /** Deletes what can go, marks what must wait; true when nothing is left. */
  private empty(namespace: string): boolean {
    let left = 0;
    for (const id of new Set(this.registry.all().filter((one) => one.namespaced).map((one) => one.collection))) {
      for (const object of this.store.collection(id).all()) {
        if (object.metadata.namespace !== namespace) continue;
        const key = `${namespace}/${object.metadata.name}`;
        if ((object.metadata.finalizers ?? []).length === 0) this.store.remove(id, key, object);
        else {
          left++;
          if (object.metadata.deletionTimestamp !== undefined) continue;
          this.store.write(id, key, { ...object, metadata: { ...object.metadata, deletionTimestamp: kubeTime() } });
        }
      }
    }
    return left === 0;
  }
}
