import { readFileSync, readdirSync } from 'node:fs';

/** What /proc counts in; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

interface ProcessTimes {
  parent: number;
  /** Seconds, with those of its children that ended. */
  seconds: number;
}

/** Processor seconds that processes and all below them have used, by the names given. Empty where there is no /proc. */
export function cpuSeconds(roots: Record<string, number>): Record<string, number> {
  const all = readTimes();
  if (all.size === 0) return {};
  const used = (pid: number): number => {
    const below = [...all].filter(([, { parent }]) => parent === pid).map(([child]) => used(child));
    return below.reduce((sum, each) => sum + each, all.get(pid)?.seconds ?? 0);
  };
  return Object.fromEntries(Object.entries(roots).map(([name, pid]) => [name, used(pid)]));
}

function readTimes(): Map<number, ProcessTimes> {
  if (process.platform !== 'linux') return new Map();
  return new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid): [number, ProcessTimes][] => {
    try {
      // Behind the name, which may hold anything: state, parent, ... and from the 12th on the four times.
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
      return [[Number(pid), { parent: Number(fields[1]), seconds: ticks / TICKS_PER_SECOND }]];
    } catch {
      return []; // it ended meanwhile
    }
  }));
}
