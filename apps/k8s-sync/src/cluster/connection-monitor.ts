import type { BreakerView } from '@heddle/contracts';
import type { ConnectionReason } from '../api/connection-reason.ts';

/** What is known of the connection to one cluster, as it is stored and told. */
export interface ConnectionState {
  readonly state: 'connected' | 'failed';
  readonly reason: ConnectionReason;
  readonly message: string;
  readonly breaker: BreakerView;
}

/** Whether a request was made to find out, or on other business. */
export type Source = 'probe' | 'traffic';

/** A single one of these says that the next request fails as well. */
const DEFINITE: ReadonlySet<ConnectionReason> = new Set(['Unauthorized', 'Forbidden', 'TlsUntrusted', 'TlsFailed', 'ClientCertificateRefused', 'NameNotResolved', 'AddressNotAllowed', 'CredentialsUnreadable']);

/** So many failures in a row, with no answer between, are not chance. */
const IN_A_ROW = 3;

/** Turns the results of requests into changes of the connection's state; a lone time-out among answers changes nothing. */
export class ConnectionMonitor {
  #current: ConnectionState | null = null;
  #inARow = 0;

  constructor(
    private readonly breaker: () => BreakerView,
    private readonly onChange: (state: ConnectionState) => void,
  ) {}

  get current(): ConnectionState | null {
    return this.#current;
  }

  /** Others told of the connection meanwhile: the next result is told, whatever was told from here before. */
  forget(): void {
    this.#current = null;
    this.#inARow = 0;
  }

  succeeded(source: Source): void {
    this.#inARow = 0;
    if (this.#current?.state === 'connected') return;
    // That a write of one kind is answered says nothing about the right that a probe missed.
    if (this.#current?.reason === 'Forbidden' && source === 'traffic') return;
    this.#change('connected', 'Connected', 'The API server answers.');
  }

  failed(reason: ConnectionReason, message: string): void {
    this.#inARow += 1;
    const sure = this.#current?.state !== 'connected' || DEFINITE.has(reason) || this.#inARow >= IN_A_ROW || this.breaker().state !== 'closed';
    if (!sure || (this.#current?.state === 'failed' && this.#current.reason === reason)) return;
    this.#change('failed', reason, message);
  }

  /** The breaker opened (again): the next try moves. Its closing shows as a success. */
  breakerChanged(view: BreakerView): void {
    if (view.state !== 'open' || !this.#current) return;
    this.#change('failed', this.#current.state === 'failed' ? this.#current.reason : 'ConnectionLost', view.lastError ?? this.#current.message);
  }

  #change(state: ConnectionState['state'], reason: ConnectionReason, message: string): void {
    this.#current = { state, reason, message, breaker: this.breaker() };
    this.onChange(this.#current);
  }
}
