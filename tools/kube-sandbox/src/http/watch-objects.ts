import type { Faults, Random } from '../faults.ts';
import type { JsonObject, KubeObject } from '../kube-object.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { expired, fieldFault, invalid, unexplained, type FieldFault } from '../status-error.ts';
import type { Change } from '../store/collection.ts';
import type { Call } from './call.ts';
import { selection, type StaleVersion } from './list-objects.ts';
import { inVersion, objectJson, represent, type Representation } from './representation.ts';
import { isTrue } from './request-info.ts';
import type { Predicate } from './selectors.ts';
import type { Api } from './write-object.ts';

/** The open response of a watch. */
export interface WatchSink {
  send(text: string): void;
  end(): void;
  onClose(callback: () => void): void;
}

export interface WatchSettings {
  faults: Faults;
  random: Random;
  stale: StaleVersion;
  /** Milliseconds between bookmarks. */
  bookmarkPeriod: number;
}

/** A real server sends the last bookmark this long before the watch's own end. */
const BOOKMARK_BEFORE_END = 2_000;
const LONGEST_WATCH = 3_600_000;

/** The watches that are open now, so that they end when their resource goes. */
export class WatchHub {
  private readonly open = new Map<string, Set<() => void>>();

  add(collection: string, end: () => void): () => void {
    const watches = this.open.get(collection) ?? new Set();
    this.open.set(collection, watches);
    watches.add(end);
    return () => watches.delete(end);
  }

  count(): number {
    return [...this.open.values()].reduce((sum, watches) => sum + watches.size, 0);
  }

  endAll(collection?: string): void {
    for (const [id, watches] of this.open) {
      if (collection === undefined || id === collection) for (const end of [...watches]) end();
    }
  }
}

/** Checks a watch before its response begins: 422 and 500 can only be said then. */
export function checkWatch(call: Call): void {
  const faults: FieldFault[] = [];
  if (call.query.has('sendInitialEvents')) {
    if (call.query.get('resourceVersionMatch') !== 'NotOlderThan') {
      faults.push(fieldFault.forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
    }
    faults.push(fieldFault.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'));
  } else if (call.query.get('resourceVersionMatch')) {
    faults.push(fieldFault.forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
  }
  if (faults.length > 0) throw invalid('ListOptions', 'meta.k8s.io', '', faults);
  const version = call.query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) {
    throw unexplained(`resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  }
}

export function watchObjects(api: Api, call: Call, resource: Resource, form: Representation, sink: WatchSink, hub: WatchHub, settings: WatchSettings): void {
  const collection = api.store.collection(resource.collection);
  const { matches } = selection(call, resource);
  const lane = new EventLane(sink, settings);
  const send = (type: string, object: KubeObject) => lane.push(() => eventText(type, object, resource, form));
  const asked = Number(call.query.get('resourceVersion') ?? 0);
  let from = asked;
  if (asked === 0) {
    from = (call.query.get('resourceVersion') === '0' ? settings.stale(collection) : undefined) ?? api.store.version;
    for (const object of collection.allAt(from)) if (matches(object)) send('ADDED', object);
  } else if (asked < collection.oldestWatchable) {
    const status = expired(`too old resource version: ${asked} (${collection.oldestWatchable})`).toStatus();
    sink.send(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    sink.end();
    return;
  }
  let seen = from;
  const deliver = (change: Change) => {
    if (change.version <= from) return;
    seen = Math.max(seen, change.version);
    const event = seenAs(change, matches);
    if (event !== undefined) send(event.type, event.object);
  };
  for (const change of collection.changesAfter(from)) deliver(change);
  const timers = new WatchTimers();
  const leave = [api.store.listen(resource.collection, deliver), hub.add(resource.collection, () => end())];
  const end = () => {
    for (const stop of leave) stop();
    timers.clear();
    lane.finish();
  };
  const bookmark = () => {
    // Of now, not of when it is sent: a change that comes meanwhile is sent after it.
    const version = Math.max(seen, api.store.version);
    lane.push(() => bookmarkText(version, resource, form));
  };
  if (isTrue(call.query.get('allowWatchBookmarks') ?? 'false')) timers.every(settings.bookmarkPeriod, bookmark);
  const timeout = Number(call.query.get('timeoutSeconds') ?? 0) * 1000;
  if (timeout > BOOKMARK_BEFORE_END && isTrue(call.query.get('allowWatchBookmarks') ?? 'false')) timers.after(timeout - BOOKMARK_BEFORE_END, bookmark);
  timers.after(timeout > 0 ? timeout : LONGEST_WATCH, end);
  const close = settings.faults.closeWatches;
  if (close !== undefined) timers.after(close.after[0] + settings.random() * (close.after[1] - close.after[0]), end);
  sink.onClose(end);
}

/** What a change is to a watch with a selector: entering counts as ADDED, leaving as DELETED. */
function seenAs(change: Change, matches: Predicate): { type: string; object: KubeObject } | undefined {
  const { object, previous } = change;
  const before = previous !== undefined && matches(previous);
  const after = change.type !== 'DELETED' && matches(object);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object };
  if (!before) return undefined;
  if (change.type === 'DELETED') return { type: 'DELETED', object };
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion } } };
}

function eventText(type: string, object: KubeObject, resource: Resource, form: Representation): string {
  const json = form.as === 'object' ? objectJson(inVersion(object, resource)) : JSON.stringify(represent(object, resource, form));
  return `{"type":"${type}","object":${json}}\n`;
}

function bookmarkText(version: number, resource: Resource, form: Representation): string {
  const metadata: JsonObject = { resourceVersion: String(version) };
  const object: JsonObject = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
  if (resource.custom || form.as !== 'object') return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
  return `${JSON.stringify({ type: 'BOOKMARK', object: { ...object, metadata: { ...metadata, creationTimestamp: null } } })}\n`;
}

/** Sends texts in order, each held back by a random delay where faults ask for it. */
class EventLane {
  private waiting: (() => string)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private done = false;

  constructor(
    private readonly sink: WatchSink,
    private readonly settings: WatchSettings,
  ) {}

  push(text: () => string): void {
    if (this.done) return;
    const upTo = this.settings.faults.delayEvents?.upTo ?? 0;
    if (upTo === 0) {
      this.sink.send(text());
      return;
    }
    this.waiting.push(text);
    this.timer ??= setTimeout(() => this.flush(), this.settings.random() * upTo);
  }

  finish(): void {
    if (this.done) return;
    this.flush();
    this.done = true;
    this.sink.end();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const texts = this.waiting.splice(0);
    if (texts.length > 0) this.sink.send(texts.map((text) => text()).join(''));
  }
}

class WatchTimers {
  private readonly timers: NodeJS.Timeout[] = [];

  after(milliseconds: number, run: () => void): void {
    this.timers.push(setTimeout(run, milliseconds));
  }

  every(milliseconds: number, run: () => void): void {
    this.timers.push(setInterval(run, milliseconds));
  }

  clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}
