import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface LeftoverProcess {
  pid: number;
  command: string;
}

/**
 * The living descendants of a process (default: this one) by Linux's /proc; empty elsewhere.
 * What has been given away to init is not seen.
 */
export function leftoverProcesses(of: number = process.pid): LeftoverProcess[] {
  if (!existsSync('/proc/self/stat')) return [];
  const parents = new Map<number, number[]>();
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    const parent = parentOf(pid);
    if (parent !== undefined) parents.set(parent, [...(parents.get(parent) ?? []), pid]);
  }
  const descendants = (pid: number): number[] => (parents.get(pid) ?? []).flatMap((child) => [child, ...descendants(child)]);
  return descendants(of).map((pid) => ({ pid, command: commandOf(pid) })).filter(({ command }) => command !== '');
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined; // it has ended meanwhile
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
