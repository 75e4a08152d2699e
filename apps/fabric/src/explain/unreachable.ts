import { causeOf } from '../operations/causes.ts';
import type { FabricFacts } from './explain-facts.ts';
import { type Said, unknown } from './level.ts';

/** Nothing can be said of a cluster that does not answer; with its next try. */
export function unreachable({ fabric: { connection } }: FabricFacts): Said {
  const { nextTryAt } = connection.breaker;
  return unknown('ClusterUnreachable', `the cluster does not answer (${connection.reason}): ${connection.message}${nextTryAt ? ` Next try at ${nextTryAt}.` : ''}`, (causeOf(connection.reason) ?? causeOf('ClusterUnreachable')!).remedy, connection.since);
}
