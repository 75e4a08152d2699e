import { fileURLToPath } from 'node:url';
import { type OutboundGuard, Secret } from '@heddle/platform';
import type { NotificationConfig } from '../config.ts';
import type { ArchiveStore } from './archive-store.ts';
import { FolderStore } from './folder-store.ts';
import { S3Store } from './s3-store.ts';

/** The store that HEDDLE_ARCHIVE names; undefined when there is none. The configuration has been checked. */
export function openStore(config: NotificationConfig, guard: OutboundGuard): ArchiveStore | undefined {
  const address = config.HEDDLE_ARCHIVE;
  if (address === undefined) return undefined;
  if (address.startsWith('file:')) return new FolderStore(fileURLToPath(address));
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(address) ?? [];
  const region = config.HEDDLE_ARCHIVE_REGION;
  return new S3Store(guard, {
    endpoint: config.HEDDLE_ARCHIVE_ENDPOINT ?? `https://s3.${region}.amazonaws.com`, region, bucket, prefix,
    accessKeyId: config.HEDDLE_ARCHIVE_ACCESS_KEY_ID ?? '', secretAccessKey: config.HEDDLE_ARCHIVE_SECRET_ACCESS_KEY ?? new Secret(''),
  });
}
