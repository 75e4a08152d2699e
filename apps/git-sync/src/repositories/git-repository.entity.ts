import type { RepositoryState } from '@heddle/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What led to a wish for a fetch, so that the revision that comes of it carries the same ids. */
export interface WantedBy {
  correlationId: string;
  traceparent?: string;
  tracestate?: string;
}

@Entity({ name: 'repository' })
export class GitRepository {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') name!: string;
  @Column('text') url!: string;
  @Column('text') provider!: string;
  @Column('text', { name: 'default_branch' }) defaultBranch!: string;
  /** RepositoryCredentials as JSON, sealed. */
  @Column('text') credentials!: string;
  @Column('text', { name: 'credentials_type' }) credentialsType!: string;
  @Column('text', { name: 'credentials_username', nullable: true }) credentialsUsername!: string | null;
  @Column('text', { name: 'certificate_authority', nullable: true }) certificateAuthority!: string | null;
  @Column('integer', { name: 'poll_seconds' }) pollSeconds!: number;
  /** Sealed. */
  @Column('text', { name: 'webhook_secret' }) webhookSecret!: string;
  @Column('text') state!: RepositoryState;
  @Column('text') reason!: string;
  @Column('text') message!: string;
  @Column('timestamptz') since!: Date;
  /** Raised when the address or the credentials change: a contact made with older ones says nothing. */
  @Column('integer') version!: number;
  /** Contacts that failed one after the other. */
  @Column('integer') failures!: number;
  @Column('timestamptz', { name: 'next_try_at', nullable: true }) nextTryAt!: Date | null;
  @Column('timestamptz', { name: 'last_checked_at', nullable: true }) lastCheckedAt!: Date | null;
  @Column('timestamptz', { name: 'last_fetched_at', nullable: true }) lastFetchedAt!: Date | null;
  /** Raised with each wish to look now; `served` follows it. */
  @Column('integer') wanted!: number;
  @Column('integer') served!: number;
  @Column('jsonb', { name: 'wanted_by', nullable: true }) wantedBy!: WantedBy | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
