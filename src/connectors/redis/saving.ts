import { ConnectorFailure } from '../contract.ts';
import type { RedisProfile } from './access.ts';
import { ErrorReply, type Command } from './resp.ts';
import { failureOf, type Acting } from './target.ts';

const COMMANDS: Readonly<Record<RedisProfile['persistence'], Command>> = {
  aclfile: ['ACL', 'SAVE'],
  config: ['CONFIG', 'REWRITE'],
};

const REMEDIES: Readonly<Record<RedisProfile['persistence'], string>> = {
  aclfile: 'start the server with an aclfile, or set persistence: config',
  config: 'start the server with a configuration file, or set persistence: aclfile',
};

/**
 * Users are kept in memory and written only when told to. Nothing says whether what is in force is written, so saving
 * once more is the only read-back there is; it changes nothing that is in force. Null when it is saved, else why not.
 */
export async function saveUsers(acting: Acting, profile: RedisProfile): Promise<string | null> {
  const command = COMMANDS[profile.persistence];
  const [reply] = await acting.tell([command]);
  if (!(reply instanceof ErrorReply)) return null;
  const failure = failureOf(reply, command, acting.account);
  if (failure.kind !== 'refused' || failure.grant !== undefined) throw failure;
  return `a restart would undo it, the server did not save its users (${failure.message}); ${REMEDIES[profile.persistence]}`;
}

/** For a look that must answer: what could not be saved is said, also when a right is missing. */
export async function saveProblem(acting: Acting, profile: RedisProfile): Promise<string | null> {
  try {
    return await saveUsers(acting, profile);
  } catch (error) {
    if (error instanceof ConnectorFailure && error.kind === 'refused') return error.message;
    throw error;
  }
}
