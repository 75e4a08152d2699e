import { fieldPath } from './field-path.ts';
import type { PathStep } from './field-path.ts';

const TOKEN = /\[([^\]]*)\]|\.?([^.[\]]+)/y;

/**
 * The steps of a written field path as texts: names and keys as they are, list entries as `0` or `seq=10`. Undefined for
 * what `fieldPath` never writes, such as `spec..a` or an open bracket. The empty path has no steps.
 */
export function pathTokens(path: string): string[] | undefined {
  const tokens: string[] = [];
  let at = 0;
  while (at < path.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(path);
    if (!match || (at === 0 && path.startsWith('.')) || (at > 0 && match[2] !== undefined && path[at] !== '.')) return undefined;
    tokens.push(match[1] ?? match[2] ?? '');
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/** How one step reads as a token of a written path. */
export function stepToken(step: PathStep): string {
  return typeof step === 'string' ? step : fieldPath(step).slice(1, -1);
}
