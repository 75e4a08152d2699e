import { Admission } from './admission/admission.ts';
import { Authenticator } from './auth/authenticator.ts';
import { Authorizer } from './auth/authorizer.ts';
import type { KeyPair } from './certificates/certificate-authority.ts';
import { seededRandom, TEST_FAULTS, type Faults } from './faults.ts';
import { ApiServer } from './http/api-server.ts';
import { Levers, type InjectedFailure, type RequestRecord } from './http/levers.ts';
import { WatchHub } from './http/watch-objects.ts';
import { Identity } from './identity.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { bootstrap } from './resources/bootstrap.ts';
import { BUILTIN_RESOURCES } from './resources/builtin-resources.ts';
import { CrdLifecycle, type CrdDelays } from './resources/crd-lifecycle.ts';
import { Registry } from './resources/registry.ts';
import { NamespaceReaper } from './resources/namespace-reaper.ts';
import type { Collection } from './store/collection.ts';
import { Journal } from './store/journal.ts';
import { Store } from './store/store.ts';

export interface KubeSandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  /** Keeps objects, tokens and the authority there; a second start finds them. In memory when left out. */
  dataDir?: string;
  /** The untidiness of real servers. On by default (TEST_FAULTS); false for none. */
  faults?: Faults | false;
  /** Of the random faults. */
  seed?: number;
  /** Milliseconds after which old versions can no longer be listed, and changes no longer watched from. Default 300,000. */
  compactAfter?: number;
  /** Default: 20 ms to Established, then 60 ms of 429. */
  crdDelays?: CrdDelays;
  /** Milliseconds between the bookmarks of a watch that asks for them. Default 60,000, as on real servers. */
  bookmarkPeriod?: number;
  /** Plays the namespace controller: a deleted namespace loses its objects and goes. Default true. */
  reapNamespaces?: boolean;
}

/** A running stand-in for a kube-apiserver, on 127.0.0.1, over HTTPS (HTTP/1.1 and HTTP/2). */
export interface KubeSandbox {
  kind: 'sandbox';
  url: string;
  caPem: string;
  /** A user of system:masters. */
  adminToken: string;
  /** Returns a token. The user has no rights until a binding grants them. */
  createUser(name: string, groups?: string[]): string;
  revokeToken(token: string): void;
  /** PEM. `organizations` become the user's groups. */
  clientCertificate(user: string, organizations?: string[]): KeyPair;
  /** Of the administrator when no token is given. */
  kubeconfig(token?: string): string;
  close(): Promise<void>;
  setLatency(milliseconds: number): void;
  /** Makes requests fail; returns what ends it. */
  failRequests(failure: InjectedFailure): () => void;
  /** Accepts connections but answers nothing, watches included, until `resume`. */
  pause(): void;
  resume(): void;
  /** Forgets old versions: continue tokens and exact lists expire, and watches from old versions too (unless kept). */
  compact(options?: { keepWatchCache?: boolean }): void;
  /** Leaves open watches (all, or these) open but lets them say nothing more, not even their end; new ones work. */
  silenceWatches(of?: (request: RequestRecord) => boolean): void;
  /** Ends all open watches, as a restart of a server would. */
  closeWatches(): void;
  openWatches(): number;
  /** The latest 50,000 requests, oldest first. */
  requestLog: readonly RequestRecord[];
  /** Successful writes by `resource/namespace/name`. */
  requestCounts(): Map<string, number>;
}

const COMPACTION_CHECK = 1_000;

export async function startKubeSandbox(options: KubeSandboxOptions = {}): Promise<KubeSandbox> {
  const identity = new Identity(options.dataDir);
  const journal = options.dataDir === undefined ? undefined : new Journal(options.dataDir);
  const store = new Store(journal);
  bootstrap(store);
  const registry = new Registry();
  for (const resource of BUILTIN_RESOURCES) registry.add(resource);
  const hub = new WatchHub();
  const crds = new CrdLifecycle(store, registry, hub, options.crdDelays ?? { establish: 20, ready: 60 });
  const reaper = options.reapNamespaces === false ? undefined : new NamespaceReaper(store, registry);

  const authenticator = new Authenticator(identity.tokens);
  const adminToken = identity.adminToken ?? authenticator.issue('admin', ['system:masters']);
  const save = () => identity.save(adminToken, authenticator.entries());
  authenticator.onChange(save);
  save();

  const closed = { value: false };
  const levers = new Levers(closed);
  const authorizer = new Authorizer(store);
  const admission = new Admission(store);
  const faults = options.faults === false ? {} : (options.faults ?? TEST_FAULTS);
  const random = seededRandom(options.seed ?? 1);
  const stale = (collection: Collection) => {
    const upTo = faults.staleLists?.upTo ?? 0;
    return upTo === 0 ? undefined : collection.versionAt(Date.now() - random() * upTo);
  };
  const api = { store, registry, authorizer, admission };
  const server = new ApiServer(
    { api, authenticator, stale, hub, levers, watch: { faults, random, stale, bookmarkPeriod: options.bookmarkPeriod ?? 60_000 } },
    identity.authority.issueServer(['localhost', '127.0.0.1', '::1', 'kubernetes.default.svc']),
    identity.authority.pair.cert,
  );
  const port = await server.listen(options.port ?? 0);
  const url = `https://127.0.0.1:${port}`;
  const caPem = identity.authority.pair.cert;
  const compaction = setInterval(() => store.compactOlderThan(options.compactAfter ?? 300_000, Date.now()), COMPACTION_CHECK);
  compaction.unref();

  return {
    kind: 'sandbox',
    url,
    caPem,
    adminToken,
    createUser: (name, groups = []) => authenticator.issue(name, groups),
    revokeToken: (token) => authenticator.revoke(token),
    clientCertificate: (user, organizations = []) => identity.authority.issueClient(user, organizations),
    kubeconfig: (token = adminToken) => kubeconfigText({ url, caPem, user: { token } }),
    close: async () => {
      if (closed.value) return;
      closed.value = true;
      clearInterval(compaction);
      crds.close();
      reaper?.close();
      levers.resume();
      hub.endAll();
      await server.close();
      await admission.close();
      journal?.close();
    },
    setLatency: (milliseconds) => levers.setLatency(milliseconds),
    failRequests: (failure) => levers.failRequests(failure),
    pause: () => levers.pause(),
    resume: () => levers.resume(),
    compact: ({ keepWatchCache = false } = {}) => store.compact(store.version, keepWatchCache),
    silenceWatches: (of = () => true) => levers.silence(of),
    closeWatches: () => hub.endAll(),
    openWatches: () => hub.count(),
    requestLog: levers.log,
    requestCounts: () => levers.writes(),
  };
}
