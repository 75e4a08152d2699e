import { isJsonObject, jsonEquals, kubeTime, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { managersAfterUpdate } from '../fields/field-manager.ts';
import type { WatchHub } from '../http/watch-objects.ts';
import type { Change } from '../store/collection.ts';
import type { Store } from '../store/store.ts';
import { customResources } from './custom-resource.ts';
import type { Registry } from './registry.ts';

const CRDS = 'apiextensions.k8s.io/customresourcedefinitions';

export interface CrdDelays {
  /** From the creation to Established; until then its path is a 404. */
  establish: number;
  /** From Established to ready; until then its path answers 429. */
  ready: number;
}

/** Plays the controllers of CustomResourceDefinitions: names and conditions, serving, and removal with all objects. */
export class CrdLifecycle {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly stop: () => void;

  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
    private readonly hub: WatchHub,
    private readonly delays: CrdDelays,
  ) {
    for (const crd of store.collection(CRDS).all()) this.resume(crd);
    this.stop = store.listen(CRDS, (change) => this.follow(change));
  }

  close(): void {
    this.stop();
    for (const timer of this.timers) clearTimeout(timer);
  }

  private follow(change: Change): void {
    const { object, previous, type } = change;
    if (type === 'DELETED') return;
    if (object.metadata.deletionTimestamp !== undefined) this.later(this.delays.establish, () => this.remove(object));
    else if (previous === undefined) this.later(this.delays.establish, () => this.establish(change.key));
    else if (isEstablished(object) && !jsonEquals(object.spec, previous.spec)) this.serve(object, true);
  }

  /** Takes up a CRD that a stored state holds, wherever its life was cut off. */
  private resume(crd: KubeObject): void {
    if (crd.metadata.deletionTimestamp !== undefined) this.later(this.delays.establish, () => this.remove(crd));
    else if (isEstablished(crd)) this.serve(crd, true);
    else this.later(this.delays.establish, () => this.establish(crd.metadata.name ?? ''));
  }

  private establish(name: string): void {
    const crd = this.store.collection(CRDS).get(name);
    if (crd === undefined || crd.metadata.deletionTimestamp !== undefined) return;
    const status = establishedStatus(crd);
    const next: KubeObject = { ...crd, status };
    const writer = { manager: 'kube-apiserver', apiVersion: crd.apiVersion, subresource: 'status', reset: ['spec'] };
    const schema = this.registry.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions')?.schema;
    const before = { ...crd, status: { conditions: [], acceptedNames: {}, storedVersions: status.storedVersions } };
    const managedFields = schema === undefined ? undefined : managersAfterUpdate(before, next, schema, writer);
    this.store.write(CRDS, name, { ...next, metadata: { ...next.metadata, managedFields } });
    this.serve(crd, this.delays.ready === 0);
    this.later(this.delays.ready, () => this.serve(this.store.collection(CRDS).get(name), true));
  }

  private serve(crd: KubeObject | undefined, ready: boolean): void {
    if (crd === undefined) return;
    const resources = customResources(crd);
    const [first] = resources;
    if (first !== undefined) this.registry.remove(first.group, first.resource);
    for (const resource of resources) {
      this.store.collection(resource.collection);
      this.registry.add({ ...resource, state: ready ? 'ready' : 'starting' });
    }
  }

  private remove(crd: KubeObject): void {
    const spec = isJsonObject(crd.spec) ? crd.spec : {};
    const group = String(spec.group);
    const plural = String(isJsonObject(spec.names) ? spec.names.plural : '');
    const id = `${group}/${plural}`;
    for (const object of this.store.collection(id).all()) {
      const { namespace, name = '' } = object.metadata;
      this.store.remove(id, namespace === undefined ? name : `${namespace}/${name}`, object);
    }
    this.registry.remove(group, plural);
    this.hub.endAll(id);
    this.store.drop(id);
    const live = this.store.collection(CRDS).get(crd.metadata.name ?? '');
    if (live !== undefined) this.store.remove(CRDS, crd.metadata.name ?? '', live);
  }

  private later(milliseconds: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, milliseconds);
    this.timers.add(timer);
  }
}

function isEstablished(crd: KubeObject): boolean {
  const conditions = isJsonObject(crd.status) && Array.isArray(crd.status.conditions) ? crd.status.conditions : [];
  return conditions.some((condition) => isJsonObject(condition) && condition.type === 'Established' && condition.status === 'True');
}

function establishedStatus(crd: KubeObject): JsonObject {
  const spec = isJsonObject(crd.spec) ? crd.spec : {};
  const versions: JsonValue[] = Array.isArray(spec.versions) ? spec.versions : [];
  const stored = versions.filter((version) => isJsonObject(version) && version.storage === true).map((version) => (isJsonObject(version) ? (version.name ?? null) : null));
  const condition = (type: string, reason: string, message: string) => ({ type, status: 'True', lastTransitionTime: kubeTime(), reason, message });
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: spec.names,
    storedVersions: stored,
  };
}
