import type { KubeSandbox } from '@heddle/kube-sandbox';

/** Objects that were created more than once by Heddle: successful creates (201) by its user, as the API server saw them. */
export function doubledWrites(log: KubeSandbox['requestLog']): string[] {
  const created = new Map<string, number>();
  for (const request of log) {
    if (request.user !== 'heddle' || request.status !== 201 || request.resource === 'selfsubjectaccessreviews') continue;
    const object = `${request.resource}/${request.name}`;
    created.set(object, (created.get(object) ?? 0) + 1);
  }
  return [...created].filter(([, times]) => times > 1).map(([object, times]) => `${object} ${times} times`);
}
