import type { Actor, ApprovalState } from '@heddle/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SyncWish } from '../plans/planner.ts';
import type { Author } from './second-person.ts';

/** An object as the plan saw it that deletes it. */
export interface ApprovedDelete { kind: string; name: string; uid: string; resourceVersion: string }

@Entity('approval')
export class ApprovalEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'fabric_id' }) fabricId!: string;
  @Column('uuid', { name: 'plan_id' }) planId!: string;
  @Column('text') hash!: string;
  @Column('bigint', { name: 'desired_version', transformer: { to: (value: number) => value, from: Number } }) desiredVersion!: number;
  @Column('text') state!: ApprovalState;
  @Column('jsonb') reasons!: string[];
  @Column('jsonb') deletes!: ApprovedDelete[];
  /** What was asked for, so that an approval can carry it out. */
  @Column('jsonb') wish!: SyncWish;
  /** A sync wanted the deletes, not only somebody who looked: an approval starts it. */
  @Column('boolean') sync!: boolean;
  @Column('jsonb', { name: 'requested_by' }) requestedBy!: Actor[];
  @Column('jsonb', { nullable: true }) author!: Author | null;
  @Column('timestamptz', { name: 'requested_at' }) requestedAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  @Column('jsonb', { name: 'decided_by', nullable: true }) decidedBy!: Actor | null;
  @Column('timestamptz', { name: 'decided_at', nullable: true }) decidedAt!: Date | null;
  @Column('text', { nullable: true }) reason!: string | null;
  @Column('uuid', { name: 'operation_id', nullable: true }) operationId!: string | null;
}
