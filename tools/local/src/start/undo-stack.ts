/** What has to be stopped at the end, in the opposite order; one that fails doesn't keep the others. */
export class UndoStack {
  private readonly steps: (() => Promise<void>)[] = [];

  push(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  /** @returns whether all of it could be stopped */
  async run(): Promise<boolean> {
    let clean = true;
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        clean = false;
        console.error(`  ! ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return clean;
  }
}
