import { viewOf, type FabricView } from '../fabric/fabric-view.ts';
import { apiVersionOf, watchedKinds } from '../kube/kinds.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { answer, faultsOf, mutate, type AdmissionRequest, type AdmissionResponse } from './admission-review.ts';
import { RecentWrites } from './recent-writes.ts';

/**
 * Answers admission requests from the cache, which costs no request in the good case. Since a cache is late, what
 * was let through lately is laid over it, and a refusal is looked at again on a fresh list before it is spoken.
 */
export class Admission {
  private readonly recent: RecentWrites;

  constructor(private readonly client: KubeClient, private readonly namespace: string, cache: FabricView) {
    this.recent = new RecentWrites(cache);
  }

  readonly mutate = mutate;

  async validate(request: AdmissionRequest): Promise<AdmissionResponse> {
    let faults = faultsOf(request, this.recent);
    if (faults.length > 0) faults = faultsOf(request, await this.freshView());
    if (faults.length === 0) this.recent.admitted(request);
    return answer(request.uid, faults);
  }

  private async freshView(): Promise<FabricView> {
    const lists = await Promise.all(watchedKinds.map(async (kind) => {
      const { items } = await this.client.list(kind, this.namespace);
      return items.map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }));
    }));
    return viewOf(lists.flat());
  }
}
