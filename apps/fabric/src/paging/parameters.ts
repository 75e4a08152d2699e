/** Parameters of a statement that is put together: what a filter leaves out is no part of it. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Stands for the value in the statement. @param type where PostgreSQL can't tell it */
  of(value: unknown, type?: string): string {
    return `$${this.values.push(value)}${type === undefined ? '' : `::${type}`}`;
  }
}
