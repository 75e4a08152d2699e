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

/**
 * Renders variables as lines of an environment file: meaning, name and default of each. One that has a default, or may be
 * absent, is commented out, so that a copy does not keep the default of today for ever.
 * @param wanted to be filled in all the same
 */
export function renderEnvExample(schema: z.ZodObject, wanted: readonly string[] = []): string {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description = '' } = field as z.ZodType;
    const fallback = (field as z.ZodType).safeParse(undefined);
    if (!fallback.success || wanted.includes(name)) return `# ${description}\n${name}=`;
    return `# ${description}\n#${name}=${fallback.data === undefined ? '' : String(fallback.data)}`;
  }).join('\n');
}
