// Until there is a charter: one person decides everything, nothing acts by itself, nothing happens at a deadline.

export const STARTER_ID = 'starter';

export const STARTER_CHARTER = `charter: ${STARTER_ID}
format: 1
revision: 1
effective: 2026-01-01T00:00:00Z
roster: ./roster.yaml
unknown:
  severity: highest
  environment: prod
  jurisdiction: every
  owner: no-owner-right
seats:
  administrator: { roster: administrators }
rights:
  - id: everything
    decision: [contain, revoke, restore, communicate, notify, disclose, evidence, business-continuity, resume, rearm, reset-fuse, adopt-charter, mark-suspect, end-exercise]
    decide: [ { seat: administrator, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
`;

export const STARTER_ROSTER = `roster: starter
format: 1
revision: 1
people:
  administrator: { name: Administrator }
rosters:
  administrators: { shifts: [{ person: administrator, always: true }] }
`;
