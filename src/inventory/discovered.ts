import { hash } from 'node:crypto';
import { toTimestamp } from '../kernel/index.ts';
import { bulks, type BulkText } from './bulk.ts';
import type { DiscoveredCredentialOrder, Inventory } from './contract.ts';
import { registerSource } from './import/claim.ts';
import type { ImportParts } from './import/model.ts';
import type { CredentialRecord } from './model.ts';
import { normaliseRef } from './normalise.ts';
import { derivedIdOf, refText } from './refs.ts';
import { bumpRevision, BY_IDENTITY, OWN_SYSTEM } from './store.ts';

/** It holds at once and for as long as nobody says otherwise: number 0 comes before every import of the source. */
const INSERT_STATEMENT = `insert into inventory_statement(source, num, since, digest, body)
  select o.num, n.num, 0, $3, $4 from inventory_source o cross join inventory_node n
  where o.name = $1 and n.id = $2 on conflict do nothing`;
const INSERT_REFS: BulkText = {
  types: ['text', 'text', 'text'],
  sql: (rows) => `insert into inventory_ref(value, type, system, num, source, since)
  select c0, c1, c2, n.num, o.num, 0 from ${rows}
  cross join inventory_source o cross join inventory_node n
  where o.name = $2 and n.id = $3 on conflict do nothing`,
};
const RECORD_CHANGE = `insert into inventory_change(revision, touched)
  select r.revision, '[' || n.num || ']' from inventory_revision r cross join inventory_node n
  where r.id = 1 and n.id = $1`;

/** A credential that was found on a target, as commands for the caller's own write; a repeat changes nothing. */
export function discoveredCredential(
  { store, clock }: Pick<ImportParts, 'store' | 'clock'>,
  order: DiscoveredCredentialOrder,
): ReturnType<Inventory['recordCredential']> {
  const id = order.id ?? derivedIdOf('credential', order);
  const credential: CredentialRecord = {
    type: 'credential',
    id,
    ...order,
    fingerprint: null,
    lastUsedAt: null,
    observedAt: toTimestamp(clock.nowMs()),
  };
  const { identity, kind, issuedAt, expiresAt, source } = order;
  const body = JSON.stringify({
    kind,
    identity,
    refs: order.refs.length === 0 ? undefined : order.refs.map(refText),
    issuedAt: issuedAt ?? undefined,
    expiresAt: expiresAt ?? undefined,
    scopes: order.scopes.length === 0 ? undefined : order.scopes,
    observedAt: credential.observedAt,
  });
  const refs = [
    ...order.refs.map(normaliseRef),
    { system: OWN_SYSTEM, type: BY_IDENTITY, value: identity },
  ].map((ref) => [ref.value, ref.type, ref.system]);
  return {
    credential,
    commands: [
      registerSource(source),
      {
        sql: `insert into inventory_node(id, word) values ($1, 'credential') on conflict do nothing`,
        params: [id],
      },
      {
        sql: INSERT_STATEMENT,
        params: [source, id, hash('sha256', body, 'base64url').slice(0, 22), body],
      },
      ...bulks(store.dialect, INSERT_REFS, refs, source, id),
      bumpRevision,
      { sql: RECORD_CHANGE, params: [id], rows: 1 },
    ],
  };
}
