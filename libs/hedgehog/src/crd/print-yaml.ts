/** Texts that every YAML reader takes for a string when they stand without quotes. */
const PLAIN = /^[A-Za-z][A-Za-z0-9 /._-]*[A-Za-z0-9._/-]$|^[A-Za-z]$/;
const AMBIGUOUS = /^(true|false|yes|no|on|off|null|y|n)$/i;

/** Prints plain data as block YAML. Strings are quoted as JSON wherever a reader could take them for something else. */
export function printYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${nested(item, `${indent}  `).trimStart()}`).join('\n');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => `${indent}${scalar(key)}:${isScalar(item) ? ` ${scalar(item)}` : `\n${nested(item, `${indent}  `)}`}`)
      .join('\n');
  }
  return `${indent}${scalar(value)}`;
}

function nested(value: unknown, indent: string): string {
  return isScalar(value) ? `${indent}${scalar(value)}` : printYaml(value, indent);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

function scalar(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value) && !AMBIGUOUS.test(value)) return value;
  return JSON.stringify(value);
}
