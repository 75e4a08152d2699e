import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a fabric reads, and what of it was handed over. */
@Entity({ name: 'source' })
export class Source {
  @PrimaryColumn('uuid', { name: 'fabric_id' }) fabricId!: string;
  @Column('uuid', { name: 'repository_id' }) repositoryId!: string;
  @Column('text') branch!: string;
  @Column('text') directory!: string;
  @Column('integer') generation!: number;
  /** Read no longer; the row stays so that an older assignment that comes late is known to be old. */
  @Column('boolean') released!: boolean;
  /** Tree that fabric has or is about to have; the next difference starts from it. */
  @Column('text', { name: 'sent_tree', nullable: true }) sentTree!: string | null;
  /** Head of the branch when it was last looked at. */
  @Column('text', { name: 'seen_commit', nullable: true }) seenCommit!: string | null;
  /** To be sent even when the tree is the same. */
  @Column('boolean') wanted!: boolean;
  @Column('text', { nullable: true }) state!: 'ready' | 'failing' | null;
  @Column('text') reason!: string;
  @Column('text') message!: string;
  @Column('timestamptz', { nullable: true }) since!: Date | null;
}
