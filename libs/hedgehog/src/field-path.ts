/** A step of a field path: a field or map key, a position in a list, or the natural key of a list entry. */
export type PathStep = string | number | Readonly<Record<string, unknown>>;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Writes a field path as findings and diffs show it: `spec.subnets.default.vlan`, `spec.permit[0]`,
 * `spec.portSpeeds[E1/1]`, `spec.inboundACL.statements[seq=10].action`.
 */
export function fieldPath(...steps: PathStep[]): string {
  return steps.reduce<string>((path, step) => path + written(step, path === ''), '');
}

/** Adds steps to a path that is written already. */
export function below(path: string, ...steps: PathStep[]): string {
  return path + steps.map((step) => written(step, path === '')).join('');
}

function written(step: PathStep, first: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step !== 'string') {
    const keys = Object.entries(step).map(([key, value]) => `${key}=${String(value)}`);
    return `[${keys.join(',')}]`;
  }
  if (!PLAIN_KEY.test(step)) return `[${step}]`;
  return first ? step : `.${step}`;
}
