export type * from './model.ts';
export type * from './charter/model.ts';
export type * from './roster/model.ts';
export type * from './adoption/model.ts';
export { DECISION_KINDS, SEVERITIES } from './model.ts';
export { charterDigest, checkCharter, loadCharter } from './charter/charter.ts';
export type { CharterCheck } from './charter/charter.ts';
export { checkRoster, checkRosterFits, loadRoster, rosterMisfits } from './roster/roster.ts';
export type { FetchCalendar } from './roster/sync.ts';
export { seatHolders } from './roster/holders.ts';
export { rosterAges, withCalendars } from './roster/sources.ts';
export type { Fetched, RosterAge } from './roster/sources.ts';
export { diffCharters } from './diff/diff.ts';
export type { CharterChange } from './diff/diff.ts';
export { fillSeat, personFor } from './resolution/seats.ts';
export { askWho } from './resolution/question.ts';
export type { Told, WhoFound, WhoQuestion } from './resolution/question.ts';
export { resolveAuthority } from './resolution/resolve.ts';
export { PUBLISHED_SCHEMAS } from './published.ts';
export { proveCoverage } from './prover/prove.ts';
export type { ProofRequest } from './prover/prove.ts';
export { createCoverage } from './prover/coverage.ts';
export type { Coverage, CoverageRequest } from './prover/coverage.ts';
export { CHECKS } from './prover/model.ts';
export type { CheckName, Counterexample, Proof } from './prover/model.ts';
export { dependenciesOf, outOfReach } from './prover/paths.ts';
export { linesIn } from './prover/places.ts';
export { CHARTER_TEMPLATES, templateFiles } from './templates/templates.ts';
export type { CharterTemplate } from './templates/templates.ts';
export { createReadiness } from './readiness/readiness.ts';
export type { ReadinessParts } from './readiness/readiness.ts';
export { READINESS_REASONS } from './readiness/model.ts';
export type {
  GroupReadiness,
  Readiness,
  ReadinessReason,
  ReadyIdentity,
  ReadyTarget,
} from './readiness/model.ts';
export { createAuthority, differsFromAdopted } from './authority.ts';
export type { AuthorityParts } from './authority.ts';
export { authorityMigrations } from './store.ts';
