import type { KubeObject } from '../kube/kube-object.ts';

export interface DefaultingPair {
  /** What the pair shows, unique among all. */
  name: string;
  before: KubeObject;
  after: KubeObject;
}
