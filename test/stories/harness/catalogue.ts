import { expect } from 'vitest';
import type { CredentialKind, IdentityKind } from '../../../src/inventory/index.ts';
import { toTimestamp } from '../../../src/kernel/index.ts';
import type { Leak } from '../../../src/world/index.ts';
import type { Story } from './story.ts';

/** What the organisation's own catalogue says of an identity that came to a target later. */
export interface Entry {
  readonly kind?: IdentityKind;
  readonly credentialKind?: CredentialKind;
  readonly operator?: string;
  readonly tags?: readonly string[];
  /** How long ago a credential of it was seen in use. */
  readonly idleDays?: number;
  /** How long its credentials live. */
  readonly livesHours?: number;
}

const HOUR_MS = 3_600_000;

/** All of one identity. */
export async function catalogue(
  story: Story,
  leaks: readonly Leak[],
  entry: Entry = {},
): Promise<void> {
  const [{ target, identity } = { target: '', identity: '' }] = leaks;
  const { kind = 'service-account', credentialKind = 'api-key', operator, tags = [] } = entry;
  const nowMs = story.clock.nowMs();
  const { idleDays, livesHours } = entry;
  const issuedAt = toTimestamp(nowMs - HOUR_MS);
  const life =
    livesHours === undefined
      ? {}
      : { issuedAt, expiresAt: toTimestamp(nowMs - HOUR_MS + livesHours * HOUR_MS) };
  const use =
    idleDays === undefined ? {} : { lastUsedAt: toTimestamp(nowMs - idleDays * 24 * HOUR_MS) };
  const lines = [
    {
      type: 'identity',
      kind,
      name: identity,
      target,
      refs: [{ system: target, type: 'identity', value: identity }],
      environment: 'prod',
      tags,
      ...(operator === undefined ? {} : { operator }),
    },
    ...leaks.map(({ credential, secret }) => ({
      type: 'credential',
      identity: `${target}:identity:${identity}`,
      kind: credentialKind,
      refs: [{ system: target, type: 'credential', value: credential }],
      secret,
      ...life,
      ...use,
    })),
  ];
  const report = await story.engine.inventory.importRecords(lines, { source: 'catalogue' });
  expect(report).toMatchObject({ rejectedCount: 0 });
}
