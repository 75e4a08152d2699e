import type { Body } from './kube-object.ts';

/** An answer of the API server that was not a success. */
export class KubeError extends Error {
  override readonly name = 'KubeError';

  constructor(message: string, readonly code: number, readonly reason: string | undefined) {
    super(message);
  }

  static from(method: string, path: string, code: number, text: string): KubeError {
    const status = parse(text);
    return new KubeError(`${method} ${path} answered ${code}: ${status?.message ?? text.slice(0, 300)}`, code, status?.reason);
  }
}

function parse(text: string): Body | undefined {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined; // a fresh path answers in plain text
  }
}

export const isCode = (error: unknown, code: number): boolean => error instanceof KubeError && error.code === code;
