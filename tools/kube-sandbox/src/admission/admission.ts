import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { labelSelectorMatches } from '../http/selectors.ts';
import { jsonPatch } from '../patch/json-patch.ts';
import type { Resource } from '../resources/resource.ts';
import { StatusError, type StatusDetails } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import type { User } from '../auth/authenticator.ts';
import { WebhookClient, type Webhook, type WebhookAnswer } from './webhook-client.ts';

/** What a webhook is asked about. */
export interface AdmissionSubject {
  resource: Resource;
  subresource: string;
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  namespace: string;
  name: string;
  user: User;
  dryRun: boolean;
  /** The options object of the request. */
  options: JsonObject;
  warnings: string[];
}

const GROUP = 'admissionregistration.k8s.io';

/** Calls out to the webhooks of the configurations in the store. */
export class Admission {
  private readonly client = new WebhookClient();

  constructor(private readonly store: Store) {}

  close(): Promise<void> {
    return this.client.close();
  }

  /** Runs the mutating webhooks one after another, each on what the one before has made. */
  async mutate(subject: AdmissionSubject, object: KubeObject | undefined, live: KubeObject | undefined): Promise<KubeObject | undefined> {
    let current = object;
    for (const hook of this.matching('mutatingwebhookconfigurations', subject, object, live)) {
      const answer = await this.ask(hook, subject, current, live);
      if (answer?.patch !== undefined && current !== undefined) current = jsonPatch(current, answer.patch);
    }
    return current;
  }

  /** Runs the validating webhooks at the same time; the first refusal, in their order, is thrown. */
  async validate(subject: AdmissionSubject, object: KubeObject | undefined, live: KubeObject | undefined): Promise<void> {
    const hooks = this.matching('validatingwebhookconfigurations', subject, object, live);
    if (hooks.length === 0) return;
    const results = await Promise.allSettled(hooks.map((hook) => this.ask(hook, subject, object, live)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  private async ask(
    hook: Webhook,
    subject: AdmissionSubject,
    object: KubeObject | undefined,
    live: KubeObject | undefined,
  ): Promise<WebhookAnswer | undefined> {
    let answer: WebhookAnswer;
    try {
      answer = await this.client.call(hook, reviewRequest(subject, object, live));
    } catch (error) {
      if (hook.failurePolicy === 'Ignore') return undefined;
      throw error;
    }
    subject.warnings.push(...answer.warnings);
    if (!answer.allowed) throw denial(hook.name, answer.status);
    return answer;
  }

  private matching(
    configurations: string,
    subject: AdmissionSubject,
    object: KubeObject | undefined,
    live: KubeObject | undefined,
  ): Webhook[] {
    const collection = this.store.collection(`${GROUP}/${configurations}`);
    if (collection.size === 0 || subject.resource.group === GROUP) return [];
    const namespaceLabels = this.store.collection('/namespaces').get(subject.namespace)?.metadata.labels;
    return collection
      .all()
      .flatMap(webhooksOf)
      .filter((hook) => hook.rules.some((rule) => ruleMatches(rule, subject)))
      .filter((hook) => subject.namespace === '' || labelSelectorMatches(hook.namespaceSelector, namespaceLabels))
      .filter(({ objectSelector }) =>
        [object, live].some((one) => one !== undefined && labelSelectorMatches(objectSelector, one.metadata.labels)),
      );
  }
}

const parsed = new WeakMap<KubeObject, Webhook[]>();

function webhooksOf(configuration: KubeObject): Webhook[] {
  let hooks = parsed.get(configuration);
  if (hooks === undefined) {
    const list = Array.isArray(configuration.webhooks) ? configuration.webhooks.filter(isJsonObject) : [];
    hooks = list.map((hook) => {
      const config = isJsonObject(hook.clientConfig) ? hook.clientConfig : {};
      return {
        name: String(hook.name),
        url: String(config.url),
        caBundle: typeof config.caBundle === 'string' ? config.caBundle : '',
        timeoutSeconds: typeof hook.timeoutSeconds === 'number' ? hook.timeoutSeconds : 10,
        failurePolicy: String(hook.failurePolicy),
        rules: Array.isArray(hook.rules) ? hook.rules.filter(isJsonObject) : [],
        namespaceSelector: hook.namespaceSelector,
        objectSelector: hook.objectSelector,
      };
    });
    parsed.set(configuration, hooks);
  }
  return hooks;
}

function ruleMatches(rule: JsonObject, subject: AdmissionSubject): boolean {
  const has = (list: JsonValue | undefined, value: string) => Array.isArray(list) && (list.includes('*') || list.includes(value));
  const { resource, subresource, operation } = subject;
  const scope = resource.namespaced ? 'Namespaced' : 'Cluster';
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    (rule.scope === '*' || rule.scope === undefined || rule.scope === scope) &&
    resourceMatches(rule.resources, resource.resource, subresource)
  );
}

function resourceMatches(patterns: JsonValue | undefined, resource: string, subresource: string): boolean {
  if (!Array.isArray(patterns)) return false;
  if (patterns.includes('*/*')) return true;
  if (subresource === '') return patterns.includes('*') || patterns.includes(resource);
  return [`${resource}/${subresource}`, `${resource}/*`, `*/${subresource}`].some((pattern) => patterns.includes(pattern));
}

function reviewRequest(subject: AdmissionSubject, object: KubeObject | undefined, live: KubeObject | undefined): JsonObject {
  const { group, version, kind, resource } = subject.resource;
  const { user } = subject;
  return {
    uid: randomUUID(),
    kind: { group, version, kind },
    resource: { group, version, resource },
    ...(subject.subresource === '' ? {} : { subResource: subject.subresource }),
    requestKind: { group, version, kind },
    requestResource: { group, version, resource },
    ...(subject.subresource === '' ? {} : { requestSubResource: subject.subresource }),
    ...(subject.name === '' ? {} : { name: subject.name }),
    ...(subject.namespace === '' ? {} : { namespace: subject.namespace }),
    operation: subject.operation,
    userInfo: { username: user.name, ...(user.uid === undefined ? {} : { uid: user.uid }), groups: user.groups },
    object: object ?? null,
    oldObject: live ?? null,
    dryRun: subject.dryRun,
    options: subject.options,
  };
}

function denial(name: string, status: JsonObject | undefined): StatusError {
  const by = `admission webhook "${name}" denied the request`;
  const why = [status?.message, status?.reason].find((text) => typeof text === 'string' && text !== '');
  const message = why === undefined ? `${by} without explanation` : `${by}: ${String(why)}`;
  const code = typeof status?.code === 'number' && status.code > 0 ? status.code : 400;
  const reason = typeof status?.reason === 'string' && status.reason !== '' ? status.reason : undefined;
  return new StatusError(code, reason, message, isJsonObject(status?.details) ? (status.details as StatusDetails) : undefined);
}
