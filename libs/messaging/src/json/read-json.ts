import { DEEPEST_JSON, findJsonFault, type JsonFault } from './find-json-fault.ts';

/** What was read; of JSON with a key that stands twice or names the prototype also how JSON.parse understands it. */
export type JsonRead = { ok: true; value: unknown } | { ok: false; message: string; value?: unknown };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads JSON of which there is but one understanding: UTF-8, no key twice or naming the prototype, at most {@link DEEPEST_JSON} levels deep. */
export function readJson(bytes: Uint8Array): JsonRead {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, message: 'The body is not UTF-8.' };
  }
  try {
    const fault = findJsonFault(text);
    if (fault?.fault === 'depth') return { ok: false, message: describeFault(fault) };
    const value: unknown = JSON.parse(text);
    return fault ? { ok: false, message: describeFault(fault), value } : { ok: true, value };
  } catch {
    return { ok: false, message: 'The body is not JSON.' };
  }
}

/** A fault in words. */
export function describeFault({ fault, path }: JsonFault): string {
  switch (fault) {
    case 'duplicate': return `The key '${path}' stands twice.`;
    case 'prototype': return `The key '${path}' would name the prototype.`;
    case 'depth': return `The body is nested deeper than ${DEEPEST_JSON} levels.`;
  }
}
