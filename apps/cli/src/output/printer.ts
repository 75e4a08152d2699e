import { stringify } from 'yaml';
import { type Column, renderTable } from './render-table.ts';

/** Not every command knows all: Markdown is for plans, SARIF and JUnit are for findings of manifests. */
export type Format = 'table' | 'json' | 'yaml' | 'markdown' | 'sarif' | 'junit';

/** Prints results: tables for people, JSON or YAML for programs. */
export class Printer {
  constructor(private readonly out: { write(text: string): unknown }, readonly format: Format) {}

  line(text: string): void {
    this.out.write(`${text}\n`);
  }

  list<Row>(rows: readonly Row[], columns: readonly Column<Row>[], nothing: string): void {
    if (this.format !== 'table') return this.value(rows);
    this.line(rows.length === 0 ? nothing : renderTable(rows, columns));
  }

  /** `text` is asked only for people. */
  one<Value>(value: Value, text: (value: Value) => string): void {
    if (this.format !== 'table') return this.value(value);
    this.line(text(value));
  }

  private value(value: unknown): void {
    this.line(this.format === 'json' ? JSON.stringify(value, null, 2) : stringify(value).trimEnd());
  }
}
