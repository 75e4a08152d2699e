/** Names in a sentence: `a, b and 3 more`. @param most so many are written out; default 10 */
export function listed(names: readonly string[], most = 10): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}
