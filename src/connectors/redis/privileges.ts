import {
  ConnectorFailure,
  type CallContext,
  type PrivilegeCheck,
  type PrivilegeGap,
} from '../contract.ts';
import { allowedBy, type Catalogue } from './commands.ts';
import { grantOf, needsOf, quotedName } from './rights.ts';
import { loadCatalogue, loadUsers, type RedisTarget } from './target.ts';
import type { UserState } from './users.ts';

/** Let through before any rule is looked at. */
const FREE = new Set(['auth', 'hello', 'quit', 'reset']);

export async function checkPrivileges(
  target: RedisTarget,
  context: CallContext,
): Promise<PrivilegeCheck> {
  try {
    return await compare(target, context);
  } catch (error) {
    if (!(error instanceof ConnectorFailure) || error.grant === undefined) throw error;
    // Without this right the others cannot even be looked at.
    const { actsAs, right } = { actsAs: target.profile.account, right: error.grant };
    const gap = { right, why: 'it reads its own rights', remedy: error.grant };
    return { actsAs, missing: [gap], excess: [] };
  }
}

async function compare(target: RedisTarget, context: CallContext): Promise<PrivilegeCheck> {
  const { profile } = target;
  return target.use(context, async (acting) => {
    const catalogue = await loadCatalogue(acting);
    const [own = null] = await loadUsers(acting, [profile.account]);
    const needs = needsOf(profile);
    const held = own === null ? new Set<string>() : heldBy(own, catalogue);
    const missing = Object.entries(needs)
      .filter(([right]) => !held.has(right))
      .map(([right, why]) => ({ right, why, remedy: grantOf(profile.account, right) }));
    return {
      actsAs: profile.account,
      missing,
      excess: own === null ? [] : excessOf(own, held, needs),
    };
  });
}

function heldBy(user: UserState, catalogue: Catalogue): ReadonlySet<string> {
  return new Set(
    [user.root, ...user.selectors].flatMap(({ commands }) => [...allowedBy(commands, catalogue)]),
  );
}

/** One remedy for all commands that are not needed: their list would be as long as the manual. */
function excessOf(
  user: UserState,
  held: ReadonlySet<string>,
  needs: Readonly<Record<string, string>>,
): readonly PrivilegeGap[] {
  const name = quotedName(user.name);
  const extra = [...held].filter((right) => !(right in needs) && !FREE.has(right)).sort();
  const words = Object.keys(needs).map((right) => `+${right}`);
  const gaps: PrivilegeGap[] = [];
  if (extra.length > 0) {
    gaps.push({
      right: extra.length > 5 ? `${extra.length} further commands` : extra.join(', '),
      why: 'the connector never sends them',
      remedy: `ACL SETUSER ${name} clearselectors nocommands ${words.join(' ')}`,
    });
  }
  if ([user.root, ...user.selectors].some(({ keys, channels }) => keys !== '' || channels !== '')) {
    gaps.push({
      right: 'keys and channels',
      why: 'the connector reads no data',
      remedy: `ACL SETUSER ${name} clearselectors resetkeys resetchannels`,
    });
  }
  return gaps;
}
