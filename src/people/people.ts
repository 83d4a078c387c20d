import { createAdministration } from './administration.ts';
import { createInvitations } from './invitations.ts';
import type { People } from './model.ts';
import { createOidc } from './oidc/oidc.ts';
import type { ProviderSettings } from './oidc/provider.ts';
import type { PeopleParts } from './parts.ts';
import { createPasskeys } from './passkeys.ts';
import { createRefusals } from './refusals.ts';
import { createSessions } from './sessions.ts';
import { createSignIn } from './signing-in.ts';

/** Who the people are at this server: how they come in, and what stands behind what they say. */
export function createPeople(
  given: PeopleParts,
  providers: readonly ProviderSettings[] = [],
): People {
  const parts = { ...given, refusals: createRefusals(given) };
  return {
    roster: parts.rules.people,
    signIn: createSignIn(parts),
    sessions: createSessions(parts),
    passkeys: createPasskeys(parts),
    invitations: createInvitations(parts),
    administration: createAdministration(parts),
    oidc: createOidc(parts, providers),
  };
}
