import { z } from 'zod';

/** The start fails with this: every fault of the configuration, one a line. */
export class InvalidConfiguration extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'InvalidConfiguration';
  }
}

/** Reads a service's configuration; an empty variable counts as absent. @throws InvalidConfiguration with every fault. */
export function loadConfig<Shape extends z.ZodObject>(schema: Shape, env: Record<string, string | undefined>): z.output<Shape> {
  const given = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, env[name] === '' ? undefined : env[name]]));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new InvalidConfiguration(result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const meaning = (schema.shape[name] as z.ZodType | undefined)?.description;
    return `${name}: ${issue.message}${meaning ? ` (${meaning})` : ''}`;
  }));
}

/** Renders `.env.example` lines: meaning, name and default of each variable. */
export function renderEnvExample(schema: z.ZodObject): string {
  return Object.entries(schema.shape).map(([name, field]) => {
    const fallback = (field as z.ZodType).safeParse(undefined);
    const value = fallback.success && fallback.data !== undefined ? String(fallback.data) : '';
    return `# ${(field as z.ZodType).description ?? ''}\n${name}=${value}`;
  }).join('\n');
}
