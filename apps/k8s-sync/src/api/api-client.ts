import type { KindAddress } from '@heddle/contracts';
import type { ApiSession } from './api-session.ts';
import type { KubeAnswer } from './kube-answer.ts';
import { collectionPath, objectPath, withQuery } from './resource-path.ts';

export type Target = KindAddress & { namespace: string; name: string };

/** Owns the fields that Heddle writes. */
export const FIELD_MANAGER = 'heddle';

/** A write is given up after this: a lease is taken over after 15 s, so nothing of the former owner is under way then. */
const WRITE_DEADLINE_MS = 4_000;
const READ_DEADLINE_MS = 5_000;
const LIST_DEADLINE_MS = 30_000;
/** etcd holds objects of at most 1.5 MB. */
const OBJECT_BYTES = 4_000_000;
const LIST_BYTES = 64_000_000;
/** Objects per page of a list: a page stays around a megabyte. */
const PAGE_SIZE = 500;

export interface ApplyOptions {
  readonly force: boolean;
  readonly dryRun: boolean;
}

/** The verbs that Heddle uses, each one request; callers read statuses, only the lack of an answer is thrown (Unreachable). */
export class ApiClient {
  constructor(
    private readonly session: ApiSession,
    private readonly writeDeadlineMs = WRITE_DEADLINE_MS,
    private readonly until?: AbortSignal,
  ) {}

  /** The same client, whose reads of single objects and writes are aborted by this signal too. */
  abortedBy(signal: AbortSignal): ApiClient {
    return new ApiClient(this.session, this.writeDeadlineMs, signal);
  }

  get server(): string {
    return this.session.server;
  }

  /** See ApiSession.suspect. */
  suspect(silentForMs: number): void {
    this.session.suspect(silentForMs);
  }

  /** Any path, e.g. /version. */
  async read(path: string, signal?: AbortSignal): Promise<KubeAnswer> {
    return this.session.request({ method: 'GET', path, deadlineMs: READ_DEADLINE_MS, maxBytes: OBJECT_BYTES, ...(signal && { signal }) });
  }

  async get(target: Target): Promise<KubeAnswer> {
    return this.read(objectPath(target), this.until);
  }

  /** One page at the resourceVersion of the first; 410 says that the continue token has expired. */
  async listPage(kind: KindAddress, namespace: string, continueToken?: string, signal?: AbortSignal, limit = PAGE_SIZE): Promise<KubeAnswer> {
    const path = withQuery(collectionPath(kind, namespace), { limit, continue: continueToken });
    return this.session.request({ method: 'GET', path, deadlineMs: LIST_DEADLINE_MS, maxBytes: LIST_BYTES, ...(signal && { signal }) });
  }

  /** Opens a watch from a resourceVersion; the server ends it after `timeoutSeconds`. */
  async watch(kind: KindAddress, namespace: string, options: { resourceVersion: string; timeoutSeconds: number; signal: AbortSignal }): ReturnType<ApiSession['open']> {
    const path = withQuery(collectionPath(kind, namespace), {
      watch: true, allowWatchBookmarks: true, resourceVersion: options.resourceVersion, timeoutSeconds: options.timeoutSeconds,
    });
    return this.session.open({ method: 'GET', path, maxBytes: OBJECT_BYTES, signal: options.signal, headersTimeoutMs: READ_DEADLINE_MS });
  }

  /** Server-side apply. resourceVersion "0" in the body makes it create only. */
  async apply(target: Target, body: object, options: ApplyOptions): Promise<KubeAnswer> {
    const path = withQuery(objectPath(target), {
      fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', force: options.force || undefined, dryRun: options.dryRun ? 'All' : undefined,
    });
    return this.#write('PATCH', path, body, 'application/apply-patch+yaml');
  }

  async mergePatch(target: Target, patch: object, dryRun: boolean, fieldManager = FIELD_MANAGER): Promise<KubeAnswer> {
    const path = withQuery(objectPath(target), { fieldManager, fieldValidation: 'Strict', dryRun: dryRun ? 'All' : undefined });
    return this.#write('PATCH', path, patch, 'application/merge-patch+json');
  }

  async delete(target: Target, preconditions: { uid?: string | undefined; resourceVersion?: string | undefined }, dryRun: boolean): Promise<KubeAnswer> {
    // All of it in the body: a server that finds a body does not read the query, and would delete for real.
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background', ...(dryRun && { dryRun: ['All'] }) };
    return this.#write('DELETE', objectPath(target), options);
  }

  async post(path: string, body: object): Promise<KubeAnswer> {
    return this.#write('POST', path, body);
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  async #write(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object, contentType?: string): Promise<KubeAnswer> {
    return this.session.request({ method, path, body, deadlineMs: this.writeDeadlineMs, maxBytes: OBJECT_BYTES, ...(contentType && { contentType }), ...(this.until && { signal: this.until }) });
  }
}
