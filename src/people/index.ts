export type * from './model.ts';
export type { Approval, SignedApproval } from './assertion.ts';
export { writeApproval } from './assertion.ts';
export { createApprovalCheck } from './check.ts';
export { peopleMigrations } from './migrations.ts';
export type { ProviderSettings } from './oidc/provider.ts';
export { createPeople } from './people.ts';
export type { PeopleParts } from './parts.ts';
