import type { Actor, ObjectRef, OperationState, OperationView } from '@heddle/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What was asked for; kept so that an operation which has to wait is planned when its turn comes. */
export interface OperationRequest { objects: ObjectRef[] | null; prune: boolean | null; replace?: boolean | null }

/** An operation that has not ended by then is ended: never 'syncing' for ever. Counts from the last steps that were sent. */
export const DEADLINE_MS = 15 * 60_000;

@Entity('operation')
export class OperationEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'fabric_id' }) fabricId!: string;
  /** Rises per fabric: k8s-sync starts n + 1 when every step of n has an outcome. */
  @Column('integer') number!: number;
  @Column('text') type!: OperationView['type'];
  @Column('text') trigger!: OperationView['trigger'];
  @Column('jsonb') actor!: Actor;
  @Column('text', { name: 'correlation_id', nullable: true }) correlationId!: string | null;
  @Column('uuid', { name: 'plan_id', nullable: true }) planId!: string | null;
  @Column('jsonb') request!: OperationRequest;
  @Column('text', { nullable: true }) commit!: string | null;
  @Column('text') state!: OperationState;
  @Column('text') reason!: string;
  @Column('text') message!: string;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('timestamptz') deadline!: Date;
  @Column('integer') total!: number;
  /** When the last outcome came. */
  @Column('timestamptz', { name: 'heartbeat_at', nullable: true }) heartbeatAt!: Date | null;
  /** When the steps that are held back are looked at next; null: none is. */
  @Column('timestamptz', { name: 'dispatch_at', nullable: true }) dispatchAt!: Date | null;
}
