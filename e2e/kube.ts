import { Agent, request } from 'undici';
import type { KubeObject } from '@heddle/fabric-simulator';

const PLURALS: Record<string, string> = {
  VPC: 'vpc.githedgehog.com/v1beta1/vpcs', VPCAttachment: 'vpc.githedgehog.com/v1beta1/vpcattachments', VPCPeering: 'vpc.githedgehog.com/v1beta1/vpcpeerings',
  External: 'vpc.githedgehog.com/v1beta1/externals', ExternalPeering: 'vpc.githedgehog.com/v1beta1/externalpeerings',
  Switch: 'wiring.githedgehog.com/v1beta1/switches', Server: 'wiring.githedgehog.com/v1beta1/servers', Connection: 'wiring.githedgehog.com/v1beta1/connections',
};

/** A person with kubectl at a fabric's API server. */
export class Kubectl {
  readonly #dispatcher: Agent;

  constructor(private readonly server: { url: string; caPem: string; adminToken: string }) {
    this.#dispatcher = new Agent({ connect: { ca: server.caPem } });
  }

  /** Null when there is none. */
  async get(kind: string, name: string): Promise<KubeObject | null> {
    const { status, body } = await this.send('GET', `${this.path(kind)}/${name}`);
    if (status === 404) return null;
    if (status !== 200) throw new Error(`GET ${kind}/${name}: ${status} ${JSON.stringify(body)}`);
    return body as unknown as KubeObject;
  }

  async list(kind: string): Promise<KubeObject[]> {
    return ((await this.send('GET', this.path(kind))).body as { items: KubeObject[] }).items;
  }

  /** As `kubectl edit` would: a merge patch under its own field manager. */
  async edit(kind: string, name: string, patch: object, manager = 'kubectl-edit'): Promise<void> {
    await this.expect(200, 'PATCH', `${this.path(kind)}/${name}?fieldManager=${manager}`, patch, 'application/merge-patch+json');
  }

  async create(object: KubeObject, manager = 'kubectl-create'): Promise<void> {
    await this.expect(201, 'POST', `${this.path(object.kind)}?fieldManager=${manager}`, object);
  }

  async delete(kind: string, name: string): Promise<void> {
    await this.expect(200, 'DELETE', `${this.path(kind)}/${name}`);
  }

  /** Of the kinds that grant access alone. */
  async apply(object: KubeObject): Promise<void> {
    const { apiVersion, kind, metadata: { namespace = 'default', name } } = object;
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    await this.expect(201, 'PATCH', `${group}/namespaces/${namespace}/${kind.toLowerCase()}s/${name}?fieldManager=kubectl`, object, 'application/apply-patch+yaml');
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  private path(kind: string): string {
    const [group, version, plural] = (PLURALS[kind] ?? `unknown kind ${kind}`).split('/');
    return `/apis/${group}/${version}/namespaces/default/${plural}`;
  }

  private async expect(status: number, method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, contentType?: string): Promise<void> {
    const answer = await this.send(method, path, body, contentType);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  private async send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, contentType = 'application/json'): Promise<{ status: number; body: unknown }> {
    const answer = await request(`${this.server.url}${path}`, {
      method, dispatcher: this.#dispatcher, headers: { authorization: `Bearer ${this.server.adminToken}`, 'user-agent': 'kubectl', ...(body && { 'content-type': contentType }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: JSON.parse(await answer.body.text()) as unknown };
  }
}
