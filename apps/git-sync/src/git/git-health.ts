import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describeError, HealthRegistry, type HealthResult } from '@heddle/platform';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { GIT_SYNC_CONFIG } from '../config-token.ts';
import type { GitSyncConfig } from '../config.ts';

/** The first release whose cat-file takes commands. */
const NEEDED = [2, 36] as const;
const run = promisify(execFile);

/** Tells at /readyz whether the machine's git is there and new enough. */
@Injectable()
export class GitHealth implements OnModuleInit {
  constructor(
    @Inject(GIT_SYNC_CONFIG) private readonly config: GitSyncConfig,
    private readonly health: HealthRegistry,
  ) {}

  onModuleInit(): void {
    this.health.register('git', () => this.check(), { critical: false });
  }

  private async check(): Promise<HealthResult> {
    try {
      const { stdout } = await run('git', ['--version'], { env: { PATH: this.config.PATH }, timeout: 2_000 });
      return judgeVersion(stdout.trim());
    } catch (error) {
      return { ok: false, message: `git cannot be started: ${describeError(error)}` };
    }
  }
}

export function judgeVersion(text: string): HealthResult {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text)?.slice(1) ?? []).map(Number);
  const ok = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  return { ok, message: ok ? text : `${text || 'git'} is too old; ${NEEDED.join('.')} or later is needed` };
}
