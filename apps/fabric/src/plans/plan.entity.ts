import type { Finding, PlanView } from '@heddle/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PlannedStep } from './plan-sync.ts';
import type { Withheld } from './withheld.ts';

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
  @Column('jsonb') body!: { steps: PlannedStep[]; withheld: Withheld[]; findings: Finding[] };
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
