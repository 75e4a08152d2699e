import type { BenchMesh, Memory } from './bench-mesh.ts';
import { Crowd } from './crowd.ts';

export interface Scale {
  fabrics: number;
  objects: number;
  /** From the first registration until the last fabric was in sync. */
  tookMs: number;
  memory: Record<string, Memory>;
}

/** The memory of each service once it keeps so many fabrics of so many objects each, all synced and watched. */
export async function measureScale(mesh: BenchMesh, fabrics: number, objects: number): Promise<Scale> {
  const begun = performance.now();
  const crowd = await Crowd.gather(mesh, fabrics, objects);
  try {
    const tookMs = performance.now() - begun;
    // So that what a change needs is there, too.
    await crowd.round(fabrics);
    return { fabrics, objects, tookMs, memory: mesh.memory() };
  } finally {
    await crowd.close();
  }
}

export function scaleText({ fabrics, objects, tookMs, memory }: Scale): string {
  return `${fabrics} fabrics of ${objects} VPCs, synced in ${(tookMs / 1_000).toFixed(0)} s; ${memoryText(memory)}`;
}

export function memoryText(memory: Record<string, Memory>): string {
  const sum = (of: keyof Memory): number => Object.values(memory).reduce((all, each) => all + each[of], 0);
  return `memory, MiB (peak): ${Object.entries(memory).map(([name, { now, peak }]) => `${name} ${now} (${peak})`).join(', ')}; ${sum('now')} together`;
}
