/** What a request is about, read from its path and method alone. */
export interface RequestInfo {
  /** Whether the path names an API resource; otherwise only `path` counts. */
  isResource: boolean;
  path: string;
  verb: string;
  group: string;
  version: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
}

const VERBS: { [method: string]: string } = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete', GET: 'get', HEAD: 'get' };

export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const verb = VERBS[method] ?? '';
  const info: RequestInfo = { isResource: false, path, verb, group: '', version: '', namespace: '', resource: '', subresource: '', name: '' };
  const parts = path.split('/').filter((part) => part !== '').map(decodePart);
  const root = parts.shift();
  if (root === 'apis') info.group = parts.shift() ?? '';
  else if (root !== 'api') return { ...info, verb: method.toLowerCase() };
  info.version = parts.shift() ?? '';
  if (parts[0] === 'watch') {
    parts.shift();
    info.verb = 'watch';
  }
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1] ?? '';
    if (parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize') parts.splice(0, 2);
  }
  [info.resource = '', info.name = '', info.subresource = ''] = parts;
  if (info.resource === '') return { ...info, verb: method.toLowerCase(), group: '', version: '' };
  info.isResource = true;
  if (info.name === '') {
    if (info.verb === 'get') info.verb = isTrue(query.get('watch')) ? 'watch' : 'list';
    else if (info.verb === 'delete') info.verb = 'deletecollection';
  }
  return info;
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === '';
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
