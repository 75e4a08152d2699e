import { ApiClient } from '../src/api/api-client.ts';
import { ApiSession, type ApiCredentials } from '../src/api/api-session.ts';
import type { KubeSandbox } from '@heddle/kube-sandbox';
import { eventually } from '@heddle/testing';
import { addressPolicy, Breaker, OutboundGuard } from '@heddle/platform';
import { ClusterLink, countsAgainstCluster } from '../src/cluster/cluster-link.ts';
import { ConnectionMonitor, type ConnectionState } from '../src/cluster/connection-monitor.ts';
import { guardedLookup } from '../src/cluster/guarded-lookup.ts';

/** A kind of the tests' own. */
export const WIDGET = { group: 'demo.heddle.test', version: 'v1', plural: 'widgets', kind: 'Widget' };

export const WIDGET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.demo.heddle.test' },
  spec: {
    group: WIDGET.group, scope: 'Namespaced', names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [{
      name: 'v1', served: true, storage: true, subresources: { status: {} },
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', maximum: 100 }, title: { type: 'string' }, color: { type: 'string', default: 'red' }, tags: { type: 'array', items: { type: 'string' } } } },
            status: { type: 'object', properties: { phase: { type: 'string' }, beat: { type: 'string' } } },
          },
        },
      },
    }],
  },
};

export function guard(policy = 'true'): OutboundGuard {
  return new OutboundGuard({ policy: addressPolicy(policy), allowHttp: false });
}

export function credentialsOf(sandbox: KubeSandbox, token = sandbox.adminToken): ApiCredentials & { namespace: string } {
  return { server: sandbox.url, certificateAuthority: sandbox.caPem, token: () => token, clientCertificate: null, namespace: 'default' };
}

export function clientOf(credentials: ApiCredentials, options: { writeDeadlineMs?: number; policy?: string } = {}): ApiClient {
  const guarding = guard(options.policy);
  return new ApiClient(new ApiSession(credentials, { lookup: guardedLookup(guarding), userAgent: 'heddle/test', admit: () => guarding.check(credentials.server) }), options.writeDeadlineMs);
}

/** A link without a database: the states that it would tell are kept in a list. */
export function linkOf(credentials: ApiCredentials, options: { resetMs?: number; writeDeadlineMs?: number } = {}): { link: ClusterLink; states: ConnectionState[]; breaker: Breaker } {
  const states: ConnectionState[] = [];
  const monitor: ConnectionMonitor = new ConnectionMonitor(() => breaker.view(), (state) => states.push(state));
  const breaker: Breaker = new Breaker({ subject: 'API server', resetMs: options.resetMs ?? 500, timeoutMs: 60_000, counts: countsAgainstCluster, onChange: (view) => monitor.breakerChanged(view) });
  return { link: new ClusterLink('fabric', 1, 'default', clientOf(credentials, options), breaker, monitor), states, breaker };
}

/** Makes the kind and waits until it can be listed. */
export async function installWidgets(client: ApiClient): Promise<void> {
  await client.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', WIDGET_CRD);
  await eventually(async () => (await client.listPage(WIDGET, 'default')).status === 200);
}

export function widget(name: string) {
  return { ...WIDGET, namespace: 'default', name };
}

export function widgetBody(name: string, spec: object = { size: 1 }, metadata: object = {}): Record<string, unknown> {
  return { apiVersion: 'demo.heddle.test/v1', kind: 'Widget', metadata: { name, ...metadata }, spec };
}
