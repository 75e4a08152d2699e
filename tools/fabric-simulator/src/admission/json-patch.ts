import { isDeepStrictEqual } from 'node:util';

export interface PatchOperation {
  op: 'add' | 'replace' | 'remove';
  path: string;
  value?: unknown;
}

/** The JSON patch (RFC 6902) that leads from one value to another; lists are replaced as a whole. */
export function jsonPatch(from: unknown, to: unknown, path = ''): PatchOperation[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (!isObject(from) || !isObject(to)) return [{ op: 'replace', path, value: to }];
  const removed = Object.keys(from).filter((key) => !(key in to)).map((key): PatchOperation => ({ op: 'remove', path: `${path}/${escape(key)}` }));
  const rest = Object.entries(to).flatMap(([key, value]): PatchOperation[] => {
    const at = `${path}/${escape(key)}`;
    return key in from ? jsonPatch(from[key], value, at) : [{ op: 'add', path: at, value }];
  });
  return [...removed, ...rest];
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
