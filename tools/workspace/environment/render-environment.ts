import { renderEnvExample } from '@heddle/platform';
import { z } from 'zod';
import { chapters, SECRETS } from './service-variables.ts';

/** What docker-compose.yml itself needs. */
const composeSchema = z.object({
  POSTGRES_PASSWORD: z.string().describe('Password of the PostgreSQL user heddle'),
  RABBITMQ_PASSWORD: z.string().describe('Password of the RabbitMQ user heddle'),
  HEDDLE_PORT: z.string().default('8420').describe('Port of the gateway on this machine'),
  HEDDLE_VERSION: z.string().default('dev').describe('Tag of the image heddle'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().default('').describe('Where traces are sent over OTLP/HTTP; empty: nowhere'),
});

/** The service starts without it, and nobody could log in. */
const WANTED = ['HEDDLE_ADMIN_TOKEN'];
const MADE = 'Made by `npm run environment` from apps/*/src/config.ts. What is commented out has the default that stands there.';

/** `.env.example`: everything that docker-compose.yml takes. */
export function renderComposeEnvironment(): string {
  return render([
    '# For docker-compose.yml. Every secret is yours to make: `openssl rand -base64 32`, `openssl rand -hex 32`.', `# ${MADE}`,
  ], [{ readers: 'compose itself', schema: composeSchema }, ...chapters()]);
}

/** `k8s/base/heddle.env`: everything that is no secret. */
export function renderKubernetesEnvironment(): string {
  return render([`# The ConfigMap of all services. ${MADE}`, '# Overlays set what differs: configMapGenerator with `behavior: merge`.'], chapters(SECRETS));
}

function render(head: string[], parts: { readers: string; schema: z.ZodObject }[]): string {
  return `${[head.join('\n'), ...parts.map(({ readers, schema }) => `## ${readers}\n${renderEnvExample(schema, WANTED)}`)].join('\n\n')}\n`;
}
