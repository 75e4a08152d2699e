import type { KindAddress } from '@heddle/contracts';
import type { LiveObject, KubeAnswer } from '../api/kube-answer.ts';
import type { ClusterLink } from '../cluster/cluster-link.ts';

export interface Listed {
  readonly objects: LiveObject[];
  /** All pages are of this version; the watch goes on from it. */
  readonly resourceVersion: string;
}

/** The API server refused the list. */
export class ListRefused extends Error {
  override readonly name = 'ListRefused';

  constructor(readonly answer: KubeAnswer) {
    super(`the list was refused with ${answer.status}`);
  }
}

const RESTARTS = 3;
const GONE = 410;

interface Page {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: LiveObject[];
}

/** Reads a kind whole, in pages of one version. An expired continue token starts over: its remainder would be of another version. @throws ListRefused, Unreachable, BreakerOpen */
export async function listKind(link: ClusterLink, kind: KindAddress, namespace: string, signal: AbortSignal, pageSize?: number): Promise<Listed> {
  for (let restarts = 0; ; restarts += 1) {
    const objects: LiveObject[] = [];
    let token: string | undefined;
    for (;;) {
      const answer = await link.ask((client) => client.listPage(kind, namespace, token, signal, pageSize));
      if (answer.status === GONE && token !== undefined && restarts < RESTARTS) break;
      if (answer.status !== 200) throw new ListRefused(answer);
      const page = answer.body as Page;
      for (const object of page.items) objects.push(object);
      token = page.metadata.continue || undefined;
      if (token === undefined) return { objects, resourceVersion: page.metadata.resourceVersion };
    }
  }
}
