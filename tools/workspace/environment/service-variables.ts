import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@heddle/contracts';
import { repositoryRoot } from '@heddle/local';
import { platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { configSchema as fabric } from '../../../apps/fabric/src/config.ts';
import { configSchema as gateway } from '../../../apps/gateway/src/config.ts';
import { gitSyncConfigSchema as gitSync } from '../../../apps/git-sync/src/config.ts';
import { configSchema as k8sSync } from '../../../apps/k8s-sync/src/config.ts';
import { configSchema as notification } from '../../../apps/notification/src/config.ts';

const schemas: Record<ServiceName, z.ZodObject> = { gateway, fabric, 'git-sync': gitSync, 'k8s-sync': k8sSync, notification };

/** Made up by compose out of passwords, and given to Kubernetes as secrets. */
const ADDRESSES = ['HEDDLE_DATABASE_URL', 'HEDDLE_AMQP_URL'];
/** In Kubernetes these come from the Secret `heddle`, as the addresses do. */
export const SECRETS: readonly string[] = [...ADDRESSES, 'HEDDLE_ENCRYPTION_KEYS', 'HEDDLE_ADMIN_TOKEN', 'HEDDLE_METRICS_TOKEN', 'HEDDLE_ARCHIVE_ACCESS_KEY_ID', 'HEDDLE_ARCHIVE_SECRET_ACCESS_KEY'];

/** What the image sets, or the system that it is made of: not to be chosen by who deploys it. */
function fixedByImage(): string[] {
  const dockerfile = readFileSync(join(repositoryRoot, 'Dockerfile'), 'utf8');
  const set = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) => line!.split(' ')).map((assignment) => assignment.split('=')[0]!);
  return ['PATH', ...set];
}

/** The variables of a service that whoever deploys it may choose. */
export function variablesOf(service: ServiceName): string[] {
  const fixed = fixedByImage();
  return Object.keys(schemas[service].shape).filter((name) => !fixed.includes(name));
}

/** The variables by who reads them, each once; those that all services read come first. */
export function chapters(without: readonly string[] = ADDRESSES): { readers: string; schema: z.ZodObject }[] {
  const left = [...fixedByImage(), ...without];
  const shared = Object.keys(platformConfigShape);
  const some = (shape: z.ZodRawShape, wanted: (name: string) => boolean) => z.object(Object.fromEntries(Object.entries(shape).filter(([name]) => wanted(name) && !left.includes(name))));
  const own = Object.entries(schemas).map(([service, { shape }]) => ({ readers: service, schema: some(shape, (name) => !shared.includes(name)) }));
  return [{ readers: 'every service', schema: some(platformConfigShape, () => true) }, ...own].filter(({ schema }) => Object.keys(schema.shape).length > 0);
}
