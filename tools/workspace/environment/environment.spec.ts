import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICES } from '@heddle/contracts';
import { repositoryRoot } from '@heddle/local';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { environmentFiles } from './environment.ts';
import { SECRETS, variablesOf } from './service-variables.ts';

const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');
/** Names that a file in the form of `.env` sets or offers. */
const offered = (file: string) => [...read(file).matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name!);

describe('the files of the environment', () => {
  it.each(Object.keys(environmentFiles))('%s is as it is rendered', (file) => {
    expect(read(file), 'run `npm run environment`').toBe(environmentFiles[file]!());
  });
});

describe('docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: Record<string, { environment?: Record<string, string> }> };

  it.each(SERVICES)('gives %s each variable that it reads', (service) => {
    const names = Object.keys(services[service]!.environment!).filter((name) => !name.startsWith('OTEL_'));
    expect(names.toSorted()).toEqual(variablesOf(service).toSorted());
  });

  it('has no default of its own, and passes each under its name', () => {
    for (const service of SERVICES) {
      for (const [name, value] of Object.entries(services[service]!.environment!)) {
        if (!value.includes('://')) expect(value, `${service} ${name}`).toMatch(new RegExp(`^\\$\\{${name}:(-|\\?set it in \\.env)\\}$`));
      }
    }
  });

  it('takes what .env.example offers, and nothing else', () => {
    const taken = [...read('docker-compose.yml').matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name!);
    expect([...new Set(taken)].toSorted()).toEqual(offered('.env.example').toSorted());
  });
});

describe('k8s/base', () => {
  const secretsOf = (service: string) => {
    const deployment = parseAllDocuments(read(`k8s/base/${service}.yaml`)).map((document) => document.toJS() as { kind: string; spec: { template: { spec: { containers: { env: { name: string }[]; envFrom?: unknown }[] } } } }).find(({ kind }) => kind === 'Deployment')!;
    const { env, envFrom } = deployment.spec.template.spec.containers[0]!;
    expect(envFrom).toEqual([{ configMapRef: { name: 'heddle' } }]);
    return env.map(({ name }) => name);
  };

  it.each(SERVICES)('gives %s the secrets that it reads, the rest by the ConfigMap', (service) => {
    expect(secretsOf(service).toSorted()).toEqual(variablesOf(service).filter((name) => SECRETS.includes(name)).toSorted());
    expect(offered('k8s/base/heddle.env')).toEqual(expect.arrayContaining(variablesOf(service).filter((name) => !SECRETS.includes(name))));
  });

  it('makes the ConfigMap of the rendered file', () => {
    expect(parse(read('k8s/base/kustomization.yaml'))).toMatchObject({ configMapGenerator: [{ name: 'heddle', envs: ['heddle.env'] }] });
  });
});
