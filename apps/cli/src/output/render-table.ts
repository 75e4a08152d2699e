/** A column of a table: its heading and the text of a row. */
export interface Column<Row> {
  title: string;
  of: (row: Row) => string | number | null | undefined;
}

/** Aligned columns, two spaces apart, in the manner of kubectl. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [columns.map((column) => column.title.toUpperCase()), ...rows.map((row) => columns.map((column) => String(column.of(row) ?? '-')))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)));
  return cells.map((line) => line.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd()).join('\n');
}

/** A message as a column bears it. */
export function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** How long ago, in the manner of kubectl: 5s, 3m, 2h, 4d. */
export function renderAge(at: string | null | undefined, now = Date.now()): string {
  if (!at) return '-';
  const seconds = Math.max(0, Math.floor((now - Date.parse(at)) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
