import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Stalled } from '../errors/heddle-error.ts';
import { Secret } from './secret.ts';

/** Where a sealed value is stored; bound to it as associated data, so that it opens nowhere else. */
export interface SealedAt {
  table: string;
  row: string;
  column: string;
}

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts values for storage with AES-256-GCM; `v1.<key id>.<base64 of nonce, tag and text>`. */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: string;

  private constructor(keys: ReadonlyMap<string, Buffer>, current: string) {
    this.#keys = keys;
    this.#current = current;
  }

  /** @param keys `id:base64` of 32 bytes each, comma separated; the first encrypts, all decrypt. */
  static fromConfig(keys: string): SecretBox {
    const parsed = keys.split(',').map((entry) => {
      const [id, encoded] = entry.trim().split(':');
      const key = Buffer.from(encoded ?? '', 'base64');
      if (!id || key.length !== 32) throw new Error('HEDDLE_ENCRYPTION_KEYS: each entry is <id>:<base64 of 32 bytes>; `openssl rand -base64 32` makes one');
      return [id, key] as const;
    });
    return new SecretBox(new Map(parsed), parsed[0]![0]);
  }

  encrypt(plain: string, at: SealedAt): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys.get(this.#current)!, nonce);
    cipher.setAAD(associatedData(at));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `${VERSION}.${this.#current}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')}`;
  }

  /** @throws Stalled when the key is not configured any more, or the value was moved or changed. */
  decrypt(sealed: string, at: SealedAt): Secret {
    const [version, id, encoded] = sealed.split('.');
    const key = this.#keys.get(id ?? '');
    if (version !== VERSION || !key || !encoded) {
      throw new Stalled({ code: 'SYS-010', message: `The stored secret ${at.table}.${at.column} of ${at.row} was sealed with key '${id}', which is not configured.`, remedy: 'Add that key to HEDDLE_ENCRYPTION_KEYS, or enter the credentials again.' });
    }
    const bytes = Buffer.from(encoded, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(associatedData(at));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return new Secret(Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8'));
    } catch (cause) {
      throw new Stalled({ code: 'SYS-011', message: `The stored secret ${at.table}.${at.column} of ${at.row} can't be opened: it was changed or belongs elsewhere.`, remedy: 'Enter the credentials again.', cause });
    }
  }
}

function associatedData(at: SealedAt): Buffer {
  return Buffer.from(JSON.stringify([at.table, at.row, at.column]));
}
