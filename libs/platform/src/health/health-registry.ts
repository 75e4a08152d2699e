import { describeError } from '../errors/describe-error.ts';

export interface HealthResult {
  ok: boolean;
  message: string;
}

export interface HealthReport {
  status: 'ready' | 'degraded' | 'not_ready';
  checks: Record<string, HealthResult & { critical: boolean }>;
}

interface Registered {
  check: () => Promise<HealthResult>;
  critical: boolean;
}

const CHECK_TIMEOUT_MS = 2_000;

/** What a process needs: a critical dependency that is down makes it not ready, any other one degraded. */
export class HealthRegistry {
  readonly #checks = new Map<string, Registered>();

  register(name: string, check: () => Promise<HealthResult>, options: { critical: boolean }): void {
    this.#checks.set(name, { check, critical: options.critical });
  }

  async report(): Promise<HealthReport> {
    const entries = await Promise.all([...this.#checks].map(async ([name, registered]) => [name, { ...await bounded(registered.check), critical: registered.critical }] as const));
    const failed = entries.filter(([, result]) => !result.ok);
    const status = failed.some(([, result]) => result.critical) ? 'not_ready' : failed.length > 0 ? 'degraded' : 'ready';
    return { status, checks: Object.fromEntries(entries) };
  }
}

async function bounded(check: () => Promise<HealthResult>): Promise<HealthResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, message: `no answer within ${CHECK_TIMEOUT_MS} ms` }), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return { ok: false, message: describeError(error) };
  } finally {
    clearTimeout(timer);
  }
}
