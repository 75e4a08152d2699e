import { isJsonObject, type JsonValue } from '../../src/kube-object.ts';

const PLACEHOLDER = /<(uid|rv|continue)-\d+>|<time>|<age>|<random>|<ca-bundle>/g;
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const SHAPES: { [name: string]: string } = {
  uid: UUID,
  rv: '\\d+',
  continue: '[-\\w=+/]+',
  '<time>': '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z',
  '<age>': '[\\w]+',
  '<random>': '[a-z0-9]{5}',
  '<ca-bundle>': '[-A-Za-z0-9+/=]+',
};
/** Said of a rule that the recorded server had and the stand-in refuses. */
const NOT_CHECKED =
  '<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** Says nothing of how the server behaves: its build, its address, prose. */
const BUILD_SPECIFIC = ['.gitCommit', '.serverAddress', '.columnDefinitions[0].description'];

/** Which placeholder of a transcript stands for which value of this run: learnt from responses, used in requests. */
export class Bindings {
  private readonly values = new Map<string, string>();
  private readonly placeholders = new Map<string, string>();

  bind(placeholder: string, value: string): boolean {
    const known = this.values.get(placeholder);
    if (known !== undefined) return known === value;
    const kind = placeholder.replace(/-\d+>$/, '');
    if (this.placeholders.has(`${kind} ${value}`)) return false;
    this.values.set(placeholder, value);
    this.placeholders.set(`${kind} ${value}`, placeholder);
    return true;
  }

  get(placeholder: string): string | undefined {
    return this.values.get(placeholder);
  }

  /** Puts this run's values in place of the placeholders. */
  fill(text: string): string {
    return text.replaceAll(PLACEHOLDER, (placeholder) => this.values.get(placeholder) ?? placeholder);
  }

  fillValue(value: JsonValue): JsonValue {
    return JSON.parse(this.fill(JSON.stringify(value))) as JsonValue;
  }

  /** The differences between what was recorded and what came, each with its path. */
  compare(expected: JsonValue | undefined, actual: JsonValue | undefined, path = ''): string[] {
    if (BUILD_SPECIFIC.some((end) => path.endsWith(end))) return [];
    if (typeof expected === 'string' && typeof actual === 'string') return this.compareText(expected, actual, path);
    if (Array.isArray(expected) && Array.isArray(actual)) return this.compareLists(expected, actual, path);
    if (isJsonObject(expected) && isJsonObject(actual)) {
      const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
      return [...keys].flatMap((key) => this.compare(expected[key], actual[key], `${path}.${key}`));
    }
    return expected === actual ? [] : [`${path}: expected ${show(expected)}, got ${show(actual)}`];
  }

  private compareLists(expected: JsonValue[], actual: JsonValue[], path: string): string[] {
    const [wanted, found] = [arrange(expected, path), arrange(actual, path)];
    if (wanted.length !== found.length) return [`${path}: expected ${wanted.length} items ${show(wanted)}, got ${found.length} ${show(found)}`];
    return wanted.flatMap((item, index) => this.compare(item, found[index], `${path}[${index}]`));
  }

  private compareText(expected: string, actual: string, path: string): string[] {
    const [wanted, found] = path.endsWith('.message') ? [arrangeMessage(expected), arrangeMessage(actual)] : [expected, actual];
    if (wanted === found) return [];
    const names: string[] = [];
    let last = 0;
    let pattern = '';
    for (const match of wanted.matchAll(PLACEHOLDER)) {
      pattern += escape(wanted.slice(last, match.index)) + `(${SHAPES[match[1] ?? match[0]]})`;
      names.push(match[0]);
      last = match.index + match[0].length;
    }
    const matched = new RegExp(`^${pattern}${escape(wanted.slice(last))}$`, 's').exec(found);
    const bound = matched !== null && names.every((name, index) => !name.includes('-') || name === '<ca-bundle>' || this.bind(name, matched[index + 1] ?? ''));
    return bound ? [] : [`${path}: expected ${show(this.fill(wanted))}, got ${show(found)}`];
  }
}

/** Puts lists in an order of their own where the recorded one is by chance: by time of owners, by Go's maps for causes. */
function arrange(list: JsonValue[], path: string): JsonValue[] {
  if (path.endsWith('.managedFields')) return [...list].sort(by((entry) => [entry.operation, entry.manager, entry.subresource]));
  if (path.endsWith('.causes')) {
    const kept = list.filter((cause) => !isJsonObject(cause) || cause.field !== '<nil>');
    return kept.sort(by((cause) => [cause.field, cause.message]));
  }
  if (path.endsWith('.nonResourceRules')) return [...list].sort(by((rule) => [rule.nonResourceURLs]));
  return list;
}

function by(key: (item: { [name: string]: JsonValue | undefined }) => unknown[]) {
  const text = (item: JsonValue) => (isJsonObject(item) ? JSON.stringify(key(item)) : JSON.stringify(item));
  return (a: JsonValue, b: JsonValue) => (text(a) < text(b) ? -1 : 1);
}

function arrangeMessage(message: string): string {
  // The one version that the recorder's placeholders missed, inside a quoted object.
  message = message.replaceAll(/(resourceVersion[\\"]+:[\\"]+)\d+/g, '$1N');
  const start = message.indexOf(' is invalid: [');
  if (start < 0) return message;
  const head = message.slice(0, start + ' is invalid: '.length);
  const body = message.slice(head.length + 1, -1).replace(`, ${NOT_CHECKED}`, '');
  const parts = body.split(/, (?=[\w.[\]/-]+: (?:Invalid|Required|Unsupported|Too|Forbidden|Duplicate))/);
  return parts.length === 1 ? head + body : `${head}[${parts.sort().join(', ')}]`;
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function show(value: JsonValue | undefined): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 600);
}
