import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { GIT_SYNC_CONFIG } from '../config-token.ts';
import type { GitSyncConfig } from '../config.ts';
import { ManifestParser } from './manifest-parser.ts';
import { DEFAULT_READ_LIMITS, type ReadLimits } from '@heddle/manifests';

/** The process's one parser, with the configured limits. */
@Injectable()
export class ManifestParserProvider implements OnApplicationShutdown {
  readonly limits: ReadLimits;
  readonly parser: ManifestParser;

  constructor(@Inject(GIT_SYNC_CONFIG) config: GitSyncConfig) {
    this.limits = {
      ...DEFAULT_READ_LIMITS,
      fileBytes: config.HEDDLE_GIT_FILE_KIB * 1024, documentsPerFile: config.HEDDLE_GIT_DOCUMENTS_PER_FILE,
      files: config.HEDDLE_GIT_FILES, depth: config.HEDDLE_GIT_DEPTH, totalBytes: config.HEDDLE_GIT_DIRECTORY_MIB * 1024 * 1024,
    };
    this.parser = new ManifestParser(this.limits);
  }

  onApplicationShutdown(): Promise<void> {
    return this.parser.close();
  }
}
