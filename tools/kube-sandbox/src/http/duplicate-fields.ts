/** Paths of members that a JSON text names twice, in order of their second appearance. JSON.parse keeps the last silently. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
  const scopes: Scope[] = [];
  let index = 0;
  while (index < text.length) {
    const char = text[index];
    const scope = scopes.at(-1);
    if (char === '"') {
      const end = stringEnd(text, index);
      if (scope?.expectsKey === true) noteKey(scope, JSON.parse(text.slice(index, end)) as string, scopes, found);
      index = end;
      continue;
    }
    if (char === '{') scopes.push({ keys: new Set(), current: '', expectsKey: true, item: 0 });
    else if (char === '[') scopes.push({ keys: undefined, current: '', expectsKey: false, item: 0 });
    else if (char === '}' || char === ']') scopes.pop();
    else if (char === ',' && scope !== undefined) {
      scope.expectsKey = scope.keys !== undefined;
      scope.item++;
    }
    index++;
  }
  return found;
}

interface Scope {
  /** undefined in a list. */
  keys: Set<string> | undefined;
  current: string;
  expectsKey: boolean;
  item: number;
}

function noteKey(scope: Scope, key: string, scopes: Scope[], found: string[]): void {
  scope.expectsKey = false;
  scope.current = key;
  if (scope.keys?.has(key) === true) found.push(pathOf(scopes));
  scope.keys?.add(key);
}

function pathOf(scopes: Scope[]): string {
  let path = '';
  for (const scope of scopes) path += scope.keys === undefined ? `[${scope.item}]` : `${path === '' ? '' : '.'}${scope.current}`;
  return path;
}

function stringEnd(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}
