import { toTimestamp } from '../../kernel/index.ts';
import type { CallContext, ObservedUse, UseQuery } from '../contract.ts';
import { loadSessions, type RedisTarget } from './target.ts';

/** What a session does is a use of its user; Firebreak's own sessions are nobody's use. */
export async function usesOf(
  target: RedisTarget,
  nowMs: () => number,
  { subjects, since }: UseQuery,
  context: CallContext,
): Promise<readonly ObservedUse[]> {
  const names = new Set(subjects.map(({ identity }) => identity));
  return await target.use(context, async (acting) => {
    const sessions = await loadSessions(acting, null);
    const now = nowMs();
    return sessions
      .filter(({ user, name }) => names.has(user) && !name.startsWith('firebreak'))
      .map(({ user, name, idleSeconds }) => ({
        subject: { identity: user },
        consumer: name === '' ? null : name,
        lastAtMs: now - idleSeconds * 1_000,
      }))
      .filter(({ lastAtMs }) => lastAtMs >= Date.parse(since))
      .map(({ lastAtMs, ...use }) => ({ ...use, lastAt: toTimestamp(lastAtMs) }));
  });
}
