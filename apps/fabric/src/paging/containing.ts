/** The pattern by which `ilike` finds what has this text in it, taken as it is; null: no text is asked for. */
export function containing(text: string | undefined): string | null {
  return text === undefined ? null : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
