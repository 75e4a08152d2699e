import type { BreakerView } from '@heddle/contracts';
import { Database, NotFound, rowsOf, SecretBox } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ApiCredentials } from '../api/api-session.ts';
import { credentialsOf, type ClusterTarget } from './cluster-target.ts';
import { credentialsExpiry } from './credentials-expiry.ts';

/** A cluster without its credentials. */
export interface ClusterRow {
  readonly fabricId: string;
  readonly server: string;
  readonly authentication: string;
  readonly namespace: string;
  readonly revision: number;
  readonly state: 'unknown' | 'testing' | 'connected' | 'failed';
  readonly reason: string;
  readonly message: string;
  readonly since: Date;
  readonly breaker: BreakerView;
  readonly serverVersion: string | null;
  readonly updatedAt: Date;
  readonly credentialsExpireAt: Date | null;
}

const COLUMNS = `fabric_id AS "fabricId", server, authentication, namespace, revision, state, reason, message, since, breaker, server_version AS "serverVersion", updated_at AS "updatedAt", credentials_expire_at AS "credentialsExpireAt"`;

/** The stored clusters; credentials are sealed, and opened only to talk to the cluster that they belong to. */
@Injectable()
export class Clusters {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SecretBox) private readonly secrets: SecretBox,
  ) {}

  async find(fabricId: string, tx?: EntityManager): Promise<ClusterRow | null> {
    const sql = `SELECT ${COLUMNS} FROM cluster WHERE fabric_id = $1`;
    const rows = tx ? await rowsOf<ClusterRow>(tx, `${sql} FOR UPDATE`, [fabricId]) : await this.database.query<ClusterRow>(sql, [fabricId]);
    return rows[0] ?? null;
  }

  /** @throws NotFound */
  async get(fabricId: string, tx?: EntityManager): Promise<ClusterRow> {
    const row = await this.find(fabricId, tx);
    if (!row) throw new NotFound({ code: 'K8S-003', message: `Fabric ${fabricId} has no cluster.`, remedy: 'Enter the address and the credentials of its API server.' });
    return row;
  }

  /** Stores a cluster; whatever was stored before it, credentials included, is gone. */
  async put(tx: EntityManager, fabricId: string, target: ClusterTarget): Promise<void> {
    const { authentication } = target;
    const token = authentication.type === 'token' ? this.secrets.encrypt(authentication.token.reveal(), sealedAt(fabricId, 'sealed_token')) : null;
    const key = authentication.type === 'client-certificate' ? this.secrets.encrypt(authentication.key.reveal(), sealedAt(fabricId, 'sealed_key')) : null;
    await tx.query(
      `INSERT INTO cluster AS c (fabric_id, server, certificate_authority, authentication, sealed_token, certificate, sealed_key, namespace, credentials_expire_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (fabric_id) DO UPDATE SET server = excluded.server, certificate_authority = excluded.certificate_authority,
         authentication = excluded.authentication, sealed_token = excluded.sealed_token, certificate = excluded.certificate,
         sealed_key = excluded.sealed_key, namespace = excluded.namespace, credentials_expire_at = excluded.credentials_expire_at, revision = nextval('cluster_revision'), server_version = NULL, updated_at = now()`,
      [fabricId, target.server, target.certificateAuthority, authentication.type, token,
        authentication.type === 'client-certificate' ? authentication.certificate : null, key, target.namespace, credentialsExpiry(credentialsOf(target))],
    );
  }

  async remove(tx: EntityManager, fabricId: string): Promise<void> {
    await tx.query(`DELETE FROM cluster WHERE fabric_id = $1`, [fabricId]);
    await tx.query(`DELETE FROM watch WHERE fabric_id = $1`, [fabricId]);
  }

  async fabricIds(): Promise<string[]> {
    return (await this.database.query<{ fabric_id: string }>(`SELECT fabric_id FROM cluster ORDER BY fabric_id`)).map((row) => row.fabric_id);
  }

  /** What is needed to talk to the cluster. @throws NotFound, Stalled when the key that sealed it is gone. */
  async credentials(fabricId: string): Promise<ApiCredentials & { revision: number; namespace: string }> {
    const [row] = await this.database.query<SealedRow>(
      `SELECT server, certificate_authority, authentication, sealed_token, certificate, sealed_key, revision, namespace FROM cluster WHERE fabric_id = $1`, [fabricId]);
    if (!row) return (await this.get(fabricId)) as never;
    const token = row.sealed_token === null ? null : this.secrets.decrypt(row.sealed_token, sealedAt(fabricId, 'sealed_token'));
    const key = row.sealed_key === null ? null : this.secrets.decrypt(row.sealed_key, sealedAt(fabricId, 'sealed_key'));
    return {
      server: row.server, certificateAuthority: row.certificate_authority, revision: row.revision, namespace: row.namespace,
      token: token && (() => token.reveal()),
      clientCertificate: key && row.certificate !== null ? { certificate: row.certificate, key: key.reveal() } : null,
    };
  }
}

interface SealedRow {
  server: string;
  certificate_authority: string | null;
  sealed_token: string | null;
  certificate: string | null;
  sealed_key: string | null;
  revision: number;
  namespace: string;
}

/** Sealed values are bound to their place: copied into another fabric's row they do not open. */
function sealedAt(fabricId: string, column: string): { table: string; row: string; column: string } {
  return { table: 'cluster', row: fabricId, column };
}
