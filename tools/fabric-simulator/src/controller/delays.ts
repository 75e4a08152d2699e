/** How slow the simulated fabric is, in milliseconds. */
export interface SimulatorDelays {
  /** From a change of an object to the new generation of the agents that it concerns; 300. */
  agentDelayMs: number;
  /** From a new generation to its being applied; 700. */
  applyDelayMs: number;
  /** Between two signs of life of one agent; 7,000. */
  heartbeatMs: number;
}

export const defaultDelays: SimulatorDelays = { agentDelayMs: 300, applyDelayMs: 700, heartbeatMs: 7_000 };
