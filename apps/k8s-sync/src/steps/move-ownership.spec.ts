import { describe, expect, it } from 'vitest';
import { moveOwnership, unionFields } from './move-ownership.ts';

const NOW = new Date('2026-11-21T10:00:00.123Z');

describe('moveOwnership', () => {
  it('moves the fields of the named managers to heddle', () => {
    const moved = moveOwnership([
      { manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion: 'g/v1', fieldsV1: { 'f:spec': { 'f:size': {} } } },
      { manager: 'hhfab', operation: 'Apply', apiVersion: 'g/v1', fieldsV1: { 'f:spec': { '.': {}, 'f:title': {} } } },
      { manager: 'controller', operation: 'Update', subresource: 'status', apiVersion: 'g/v1', fieldsV1: { 'f:status': {} } },
    ], ['kubectl-client-side-apply', 'hhfab'], 'g/v1', NOW);
    expect(moved).toEqual([
      { manager: 'heddle', operation: 'Apply', apiVersion: 'g/v1', time: '2026-11-21T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { '.': {}, 'f:size': {}, 'f:title': {} } } },
      { manager: 'controller', operation: 'Update', subresource: 'status', apiVersion: 'g/v1', fieldsV1: { 'f:status': {} } },
    ]);
  });

  it('keeps what heddle owns already', () => {
    const moved = moveOwnership([
      { manager: 'heddle', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:a': {} } } },
      { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': { 'f:b': {} } } },
    ], ['kubectl'], 'g/v1', NOW);
    expect(moved).toMatchObject([{ manager: 'heddle', fieldsV1: { 'f:spec': { 'f:a': {}, 'f:b': {} } } }]);
  });

  it('leaves subresources and other managers alone', () => {
    expect(moveOwnership([{ manager: 'kubectl', operation: 'Update', subresource: 'status', fieldsV1: {} }], ['kubectl'], 'g/v1', NOW)).toBeNull();
    expect(moveOwnership([{ manager: 'other', operation: 'Update', fieldsV1: {} }], ['kubectl'], 'g/v1', NOW)).toBeNull();
  });

  it('unites trees without changing them', () => {
    const a = { 'f:x': { 'f:y': {} } };
    expect(unionFields(a, { 'f:x': { 'f:z': {} } })).toEqual({ 'f:x': { 'f:y': {}, 'f:z': {} } });
    expect(a).toEqual({ 'f:x': { 'f:y': {} } });
  });
});
