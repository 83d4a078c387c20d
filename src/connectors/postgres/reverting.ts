import type { JsonObject } from '../../kernel/index.ts';
import { ConnectorFailure, type Reverted, type RevertOrder } from '../contract.ts';
import type { PostgresProfile } from './access.ts';
import { change } from './changing.ts';
import {
  type Change,
  isRevoked,
  nowOf,
  type Planned,
  same,
  statementsFor,
  subjectOf,
} from './cutting.ts';
import { literal, quoted } from './quoting.ts';
import { marked, markOf, roleOf, type RoleState } from './roles.ts';
import type { Session } from './session.ts';

function changeIn(inverse: JsonObject, name: string): Change {
  const value = inverse[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Change; // a JSON object by the line before
  throw new ConnectorFailure('refused', 'the inverse is not one of this connector');
}

/**
 * Against the current state: what the cut made is put back to what was before; what somebody else made of it meanwhile
 * is a conflict. The password is removed before the role may log in again, unless it was renewed since the cut, or is
 * to be rearmed. It is never put back: nobody but a superuser can read what it was.
 */
export async function revert(
  session: Session,
  profile: PostgresProfile,
  order: RevertOrder,
): Promise<Reverted> {
  const { guarantee, inverse } = order;
  if (guarantee === 'G5') {
    throw new ConnectorFailure('refused', 'a revoked credential stays revoked');
  }
  const role = await roleOf(session, profile, subjectOf(order).identity);
  const [before, cut] = [changeIn(inverse, 'before'), changeIn(inverse, 'cut')];
  const now = nowOf(role, cut);
  const lifted = same(now, before);
  if (!lifted && !same(now, cut)) return { state: 'conflict', before, cut, now };
  // A later revocation holds what this cut held, and is not taken back with it.
  if (guarantee === 'G4' && isRevoked(role)) return { state: 'already', raw: { revoked: true } };
  const death = guarantee === 'G4' && !order.rearmCredential ? removal(role, inverse) : [];
  const statements = [...death, ...(lifted ? [] : statementsFor(role, before))];
  if (statements.length === 0) return { state: 'already', raw: {} };
  await change(session, profile, role, statements);
  return {
    state: 'done',
    raw: { statements: statements.map(({ statement }) => statement) },
  };
}

function removal(role: RoleState, inverse: JsonObject): readonly Planned[] {
  const mark = markOf(role.comment);
  const { token } = inverse;
  if (typeof token !== 'string') {
    throw new ConnectorFailure('refused', 'the inverse is not one of this connector');
  }
  const removed = `removed ${token}`;
  // Renewed after the cut: what leaked is dead already, and what is there now is the consumers'.
  const isRenewed = mark?.startsWith('renewed ') === true && mark !== inverse['mark'];
  if (isRenewed || mark === removed) return [];
  const name = quoted(role.name);
  return [
    { statement: `ALTER ROLE ${name} PASSWORD NULL`, group: null },
    {
      statement: `COMMENT ON ROLE ${name} IS ${literal(marked(role.comment, removed))}`,
      group: null,
    },
  ];
}
