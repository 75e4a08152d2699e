import type { BreakerView } from '@heddle/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionMonitor } from './connection-monitor.ts';

describe('ConnectionMonitor', () => {
  let breaker: BreakerView;
  let told: string[];
  let monitor: ConnectionMonitor;

  beforeEach(() => {
    breaker = { state: 'closed', nextTryAt: null, lastError: null };
    told = [];
    monitor = new ConnectionMonitor(() => breaker, (state) => told.push(`${state.state} ${state.reason} ${state.breaker.state}`));
  });

  it('believes the first result, whatever it is', () => {
    monitor.failed('TimedOut', 'x');
    expect(told).toEqual(['failed TimedOut closed']);
  });

  it('tells success once', () => {
    monitor.succeeded('traffic');
    monitor.succeeded('probe');
    expect(told).toEqual(['connected Connected closed']);
  });

  it('tells again what it had told before it forgot', () => {
    monitor.succeeded('traffic');
    monitor.forget();
    monitor.succeeded('probe');
    expect(told).toEqual(['connected Connected closed', 'connected Connected closed']);
  });

  it('overlooks a lone failure among answers', () => {
    monitor.succeeded('traffic');
    monitor.failed('TimedOut', 'x');
    monitor.failed('ConnectionLost', 'x');
    monitor.succeeded('traffic');
    monitor.failed('TimedOut', 'x');
    expect(told).toEqual(['connected Connected closed']);
  });

  it('believes three failures in a row', () => {
    monitor.succeeded('traffic');
    for (let count = 0; count < 5; count += 1) monitor.failed('TimedOut', 'x');
    expect(told).toEqual(['connected Connected closed', 'failed TimedOut closed']);
  });

  it('believes refused credentials at once', () => {
    monitor.succeeded('traffic');
    monitor.failed('Unauthorized', 'x');
    expect(told.at(-1)).toBe('failed Unauthorized closed');
  });

  it('tells again when the breaker opens', () => {
    monitor.failed('ConnectionRefused', 'x');
    breaker = { state: 'open', nextTryAt: '2026-11-21T10:00:00Z', lastError: 'x' };
    monitor.breakerChanged(breaker);
    monitor.failed('ConnectionRefused', 'x');
    expect(told).toEqual(['failed ConnectionRefused closed', 'failed ConnectionRefused open']);
  });

  it('keeps a missing right until a probe finds it granted', () => {
    monitor.failed('Forbidden', 'x');
    monitor.succeeded('traffic');
    expect(told).toEqual(['failed Forbidden closed']);
    monitor.succeeded('probe');
    expect(told.at(-1)).toBe('connected Connected closed');
  });
});
