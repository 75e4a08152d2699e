import type { ObservedObject } from '@heddle/contracts';
import type { LiveObject } from '../api/kube-answer.ts';
import { deletedObject, fingerprintsOf, projectObject, type Fingerprint, type WatchedKind } from './project-object.ts';

interface Seen {
  uid: string;
  resourceVersion: string;
  content: Fingerprint;
  throttled: readonly Fingerprint[];
  /** Monotonic milliseconds of the last report. */
  reportedAt: number;
}

interface Held {
  readonly observed: ObservedObject;
  readonly dueAt: number;
}

/** Of each object of one kind: what was reported last, as numbers. Decides what is news, and when news may travel. */
export class SeenObjects {
  readonly #seen = new Map<string, Seen>();
  /** Changes of throttled paths alone, until they are due. */
  readonly #held = new Map<string, Held>();

  constructor(private readonly kind: WatchedKind) {}

  get size(): number {
    return this.#seen.size;
  }

  /** Starts over from a complete list; answers what is reported as the snapshot. */
  reset(objects: Iterable<LiveObject>, now: number): ObservedObject[] {
    this.#seen.clear();
    this.#held.clear();
    return Array.from(objects, (live) => {
      const observed = projectObject(this.kind, live);
      this.#remember(observed, now);
      return observed;
    });
  }

  /** Answers what is to be reported now; null when nothing that travels changed, or not yet. */
  present(live: LiveObject, now: number): ObservedObject | null {
    const { name, uid, resourceVersion } = live.metadata;
    const seen = this.#seen.get(name);
    if (seen?.uid === uid && seen.resourceVersion === resourceVersion) return null;
    const observed = projectObject(this.kind, live);
    const prints = fingerprintsOf(this.kind, observed);
    if (!seen || seen.uid !== uid || seen.content !== prints.content) return this.#report(observed, now);
    seen.resourceVersion = resourceVersion;
    const everyMs = this.#quickest(seen.throttled, prints.throttled);
    if (everyMs === null) return this.#follow(name, observed);
    if (now - seen.reportedAt >= everyMs) return this.#report(observed, now);
    this.#held.set(name, { observed, dueAt: seen.reportedAt + everyMs });
    return null;
  }

  /** Answers the news of the deletion; null for an object that was never seen. */
  deleted(live: LiveObject): ObservedObject | null {
    const { name, namespace, uid, resourceVersion } = live.metadata;
    this.#held.delete(name);
    if (this.#seen.get(name)?.uid !== uid) return null;
    this.#seen.delete(name);
    return deletedObject(name, namespace ?? '', uid, resourceVersion);
  }

  /** Held changes whose time has come. */
  due(now: number): ObservedObject[] {
    const due = [...this.#held.values()].filter((held) => held.dueAt <= now);
    return due.map((held) => this.#report(held.observed, now));
  }

  #report(observed: ObservedObject, now: number): ObservedObject {
    this.#held.delete(observed.name);
    this.#remember(observed, now);
    return observed;
  }

  /** Back at what was reported last: a change that was held is no news any more. */
  #follow(name: string, observed: ObservedObject): null {
    const held = this.#held.get(name);
    if (held) this.#held.set(name, { ...held, observed });
    return null;
  }

  #quickest(before: readonly Fingerprint[], after: readonly Fingerprint[]): number | null {
    const changed = this.kind.throttle.filter((_throttle, index) => before[index] !== after[index]);
    return changed.length === 0 ? null : Math.min(...changed.map((throttle) => throttle.everyMs));
  }

  #remember(observed: ObservedObject, now: number): void {
    this.#seen.set(observed.name, {
      uid: observed.uid, resourceVersion: observed.resourceVersion, ...fingerprintsOf(this.kind, observed), reportedAt: now,
    });
  }
}
