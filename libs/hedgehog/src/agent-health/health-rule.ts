import type { Finding } from '@heddle/contracts';
import type { JsonObject } from '../resource-object.ts';
import type { AgentFacts, Touched } from './agent-facts.ts';

/** One place where an Agent tells of trouble. */
export interface HealthHit {
  /** Path within the Agent; tells hits of one rule apart. */
  readonly field: string;
  /** What is wrong, naming switch, port or neighbour. */
  readonly message: string;
  /** Objects that it touches beside the switch or gateway itself. */
  readonly touches?: readonly Touched[];
  /** The device at the other end: its silence explains the hit. */
  readonly peer?: string;
}

/** An Agent on which a rule is shown: what is left out is that of a healthy one. */
export interface HealthExample {
  readonly name?: string;
  readonly generation?: number;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
}

/** A statement about what a switch or gateway says of itself. */
export interface HealthRule {
  /** Stable id, as findings and alerts name it. */
  readonly id: string;
  readonly agentKind: 'Agent' | 'GatewayAgent';
  readonly severity: Finding['severity'];
  /** What must hold, in a sentence. */
  readonly text: string;
  /** What to do when it does not. */
  readonly remedy: string;
  /** How long a hit must last before it is a finding, milliseconds: what passes by itself is not told. */
  readonly raiseAfterMs: number;
  readonly check: (facts: AgentFacts, now: Date) => HealthHit[];
  /** Agents that keep the rule and Agents that break it; each rule has at least one of both. */
  readonly good: readonly HealthExample[];
  readonly bad: readonly HealthExample[];
}

/** The moment at which the examples are looked at; their heartbeats are of a few seconds before. */
export const EXAMPLE_NOW = new Date('2026-01-01T12:00:00Z');
