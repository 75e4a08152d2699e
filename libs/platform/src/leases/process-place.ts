import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Where a process runs, so exactly that its id means one process: this start of this kernel, this namespace of process
 * ids, this host's name. Containers on one machine differ in the namespace. Undefined where the system doesn't tell.
 */
export function processPlace(): string | undefined {
  try {
    return [readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(), readlinkSync('/proc/self/ns/pid'), hostname()].join(' ');
  } catch {
    return undefined; // not Linux, or no /proc: then nobody is known to be gone
  }
}

/** When a process of this place began, in the kernel's count; undefined when it can't be told. */
export function processStart(pid: number): string | undefined {
  try {
    // Behind the name, which may hold anything, the twentieth field.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ')[19];
  } catch {
    return undefined;
  }
}

/** True when it is certain that a process of this place has ended: nobody has its id, or somebody who began at another time. */
export function isGone(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'; // EPERM: it is somebody else's, and there
  }
  const now = processStart(pid);
  return now !== undefined && now !== started;
}
