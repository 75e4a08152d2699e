import type { KindAddress } from '@heddle/contracts';
import type { KubeAnswer } from '../api/kube-answer.ts';
import type { ClusterLink } from './cluster-link.ts';

export interface Probed {
  /** E.g. v1.33.1; null when the server did not say. */
  readonly version: string | null;
}

const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/**
 * Asks a cluster who it is, and whether Heddle may list one of the kinds. The result goes to the link's monitor.
 * /version alone proves nothing about credentials: anonymous callers may read it.
 * @throws Unreachable, BreakerOpen
 */
export async function probeCluster(link: ClusterLink, kind: KindAddress | undefined, namespace: string): Promise<Probed | null> {
  const version = await link.ask((client) => client.read('/version'), 'probe');
  if (version.status === 401) return null;
  const wanted = kind ?? { group: '', plural: 'namespaces' };
  const review = await link.ask((client) => client.post(ACCESS_REVIEWS, accessReview('list', wanted, namespace)), 'probe');
  if (review.status === 401 || review.status >= 500) return null;
  if (kind && review.status === 201 && !isAllowed(review)) {
    link.report('Forbidden', `The account may not list ${kind.plural}.${kind.group} in namespace ${namespace}.`);
    return null;
  }
  link.passed();
  return { version: versionOf(version) };
}

export function accessReview(verb: string, kind: Pick<KindAddress, 'group' | 'plural'>, namespace: string): object {
  return {
    apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace, verb, group: kind.group, resource: kind.plural } },
  };
}

export function isAllowed(review: KubeAnswer): boolean {
  return (review.body as { status?: { allowed?: boolean } } | null)?.status?.allowed === true;
}

function versionOf(answer: KubeAnswer): string | null {
  const version = (answer.body as { gitVersion?: unknown } | null)?.gitVersion;
  return answer.status === 200 && typeof version === 'string' ? version : null;
}

