/** One line for each step of `npm start`, with the time that it took. */
export class Progress {
  constructor(private readonly write: (line: string) => void = console.log) {}

  line(text: string): void {
    this.write(`  ${text}`);
  }

  /** @param done what to say of the result */
  async step<T>(name: string, work: () => Promise<T>, done: (result: T) => string = () => ''): Promise<T> {
    const started = performance.now();
    const result = await work();
    const detail = done(result);
    this.line(`✓ ${name}${detail === '' ? '' : ` ${detail}`} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  }
}
