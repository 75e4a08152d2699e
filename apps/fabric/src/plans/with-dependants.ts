/** The given steps and all that depends on one of them, directly or not. */
export function withDependants(steps: readonly { stepId: string; dependsOn: readonly string[] }[], of: ReadonlySet<string>): Set<string> {
  const dependants = new Map<string, string[]>();
  for (const { stepId, dependsOn } of steps) {
    for (const other of dependsOn) {
      const list = dependants.get(other);
      if (list) list.push(stepId);
      else dependants.set(other, [stepId]);
    }
  }
  const found = new Set(of);
  for (const id of found) for (const next of dependants.get(id) ?? []) found.add(next);
  return found;
}
