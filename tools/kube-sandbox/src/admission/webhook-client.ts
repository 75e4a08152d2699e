import { Agent, fetch } from 'undici';
import { isJsonObject, type JsonObject, type JsonValue } from '../kube-object.ts';
import { StatusError } from '../status-error.ts';

/** One webhook of a configuration object. */
export interface Webhook {
  name: string;
  url: string;
  caBundle: string;
  timeoutSeconds: number;
  failurePolicy: string;
  rules: JsonObject[];
  namespaceSelector: JsonValue | undefined;
  objectSelector: JsonValue | undefined;
}

export interface WebhookAnswer {
  allowed: boolean;
  status: JsonObject | undefined;
  /** A decoded JSON patch. */
  patch: JsonValue | undefined;
  warnings: string[];
}

/** Posts AdmissionReviews, one connection pool per webhook address and authority. */
export class WebhookClient {
  private readonly agents = new Map<string, Agent>();

  /** Throws a 500 naming the webhook when the call fails, whatever its failure policy. */
  async call(hook: Webhook, request: JsonObject): Promise<WebhookAnswer> {
    try {
      return readAnswer(await this.post(hook, request), String(request.uid));
    } catch (error) {
      const why = `failed calling webhook "${hook.name}": ${error instanceof Error ? error.message : String(error)}`;
      throw new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.agents.values()].map((agent) => agent.destroy()));
  }

  private async post(hook: Webhook, request: JsonObject): Promise<JsonValue> {
    const url = `${hook.url}${hook.url.includes('?') ? '&' : '?'}timeout=${hook.timeoutSeconds}s`;
    const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'kube-apiserver-admission' },
        body: JSON.stringify(review),
        dispatcher: this.agent(hook),
        signal: AbortSignal.timeout(hook.timeoutSeconds * 1000),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new Error(`failed to call webhook: Post "${url}": ${connectionFault(error, url)}`, { cause: error });
    }
    if (status < 200 || status > 206) {
      throw new Error('failed to call webhook: an error on the server ("unknown") has prevented the request from succeeding');
    }
    try {
      return JSON.parse(text) as JsonValue;
    } catch (error) {
      throw new Error(`failed to call webhook: couldn't get version/kind; json parse error: ${(error as Error).message}`, { cause: error });
    }
  }

  private agent(hook: Webhook): Agent {
    const key = `${new URL(hook.url).origin} ${hook.caBundle}`;
    let agent = this.agents.get(key);
    if (agent === undefined) {
      const ca = hook.caBundle === '' ? {} : { ca: Buffer.from(hook.caBundle, 'base64').toString('utf8') };
      agent = new Agent({ connect: ca, connections: 64 });
      this.agents.set(key, agent);
    }
    return agent;
  }
}

function connectionFault(error: unknown, url: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'context deadline exceeded';
  const cause = error.cause instanceof Error ? error.cause : error;
  if ((cause as NodeJS.ErrnoException).code === 'ECONNREFUSED') return `dial tcp ${new URL(url).host}: connect: connection refused`;
  return cause.message;
}

function readAnswer(review: JsonValue, uid: string): WebhookAnswer {
  if (!isJsonObject(review)) {
    throw new Error(
      `failed to call webhook: couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof review} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const response = review.response;
  if (review.kind !== 'AdmissionReview' || review.apiVersion !== 'admission.k8s.io/v1') {
    throw new Error(`received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${String(review.apiVersion)}, Kind=${String(review.kind)}`);
  }
  if (!isJsonObject(response)) throw new Error('received invalid webhook response: webhook response was absent');
  if (response.uid !== uid) {
    throw new Error(`received invalid webhook response: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  }
  return {
    allowed: response.allowed === true,
    status: isJsonObject(response.status) ? response.status : undefined,
    patch: readPatch(response),
    warnings: Array.isArray(response.warnings) ? response.warnings.filter((text) => typeof text === 'string') : [],
  };
}

function readPatch(response: JsonObject): JsonValue | undefined {
  if (typeof response.patch !== 'string' || response.patch === '') return undefined;
  if (response.patchType !== 'JSONPatch') throw new Error('received invalid webhook response: webhook returned response.patch but response.patchType is not JSONPatch');
  return JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')) as JsonValue;
}
