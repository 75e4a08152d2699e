import { readdirSync, readFileSync } from 'node:fs';

/** What is started while this variable is set carries it on, whoever its parent becomes. */
export const markVariable = 'HEDDLE_RUN_MARK';

export interface MarkedProcess {
  pid: number;
  command: string;
}

/**
 * The living processes whose environment carries this mark, by Linux's /proc; none elsewhere.
 * Unlike a walk from parent to child it finds what was given away to init, too.
 */
export function markedProcesses(mark: string): MarkedProcess[] {
  if (process.platform !== 'linux') return [];
  const wanted = `${markVariable}=${mark}`;
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
    .filter((pid) => pid !== process.pid && readIfAlive(`/proc/${pid}/environ`).split('\0').includes(wanted))
    .map((pid) => ({ pid, command: readIfAlive(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }));
}

function readIfAlive(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended, or is another user's
  }
}
