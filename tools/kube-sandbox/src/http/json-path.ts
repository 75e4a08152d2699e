import { isJsonObject, type JsonValue } from '../kube-object.ts';

/** The first value at a printer column's JSONPath: names, `['quoted']`, `\.` in names, `[0]`, `[*]` and `[?(@.a=="b")]`. */
export function firstAtPath(root: JsonValue, path: string): JsonValue | undefined {
  let values: (JsonValue | undefined)[] = [root];
  for (const step of steps(path)) values = values.flatMap((value) => takeStep(value, step)).filter((value) => value !== undefined);
  return values[0];
}

function steps(path: string): string[] {
  return path.match(/\[[^\]]*\]|(?:\\.|[^.[\\])+/g) ?? [];
}

function takeStep(value: JsonValue | undefined, step: string): (JsonValue | undefined)[] {
  if (!step.startsWith('[')) return [isJsonObject(value) ? value[step.replaceAll(/\\(.)/g, '$1')] : undefined];
  const inner = step.slice(1, -1);
  if (inner === '*') return Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  const filter = /^\?\(@\.([\w.]+)\s*==\s*["'](.*)["']\)$/.exec(inner);
  if (filter !== null) {
    const [, key = '', wanted] = filter;
    return Array.isArray(value) ? value.filter((item) => firstAtPath(item, `.${key}`) === wanted) : [];
  }
  const quoted = /^['"](.*)['"]$/.exec(inner);
  if (quoted !== null) return [isJsonObject(value) ? value[quoted[1] ?? ''] : undefined];
  return [Array.isArray(value) ? value.at(Number(inner)) : undefined];
}
