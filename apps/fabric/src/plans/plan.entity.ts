import type { BlastRadius, Finding, PlanGate, PlanView } from '@heddle/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PlannedStep } from './plan-sync.ts';
import type { SyncWish } from './planner.ts';
import type { Withheld } from './withheld.ts';

/** Optional is what plans of earlier releases do not have. */
export interface PlanBody {
  steps: PlannedStep[];
  withheld: Withheld[];
  findings: Finding[];
  /** Steps that wait for an approval. */
  held?: PlannedStep[];
  approvalReasons?: string[];
  gates?: PlanGate[];
  blastRadius?: BlastRadius | null;
  /** What was asked for. */
  wish?: SyncWish;
  /** The approval that let its deletes go. */
  approvalId?: string | null;
}

/** Written once and never changed: its hash names exactly these steps on exactly these versions. */
@Entity('plan')
export class PlanEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'fabric_id' }) fabricId!: string;
  @Column('text') hash!: string;
  @Column('text') type!: PlanView['type'];
  @Column('text', { nullable: true }) commit!: string | null;
  @Column('text', { nullable: true }) tree!: string | null;
  @Column('bigint', { name: 'desired_version', transformer: { to: (value: number) => value, from: Number } }) desiredVersion!: number;
  @Column('bigint', { name: 'live_version', transformer: { to: (value: number) => value, from: Number } }) liveVersion!: number;
  @Column('jsonb') counts!: PlanView['counts'];
  @Column('jsonb') body!: PlanBody;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
