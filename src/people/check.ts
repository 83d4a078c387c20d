import { challengeOf, problemOfApproval, readApproval, type SignedApproval } from './assertion.ts';

interface Entry {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function parseEntry(canonical: string): Entry | null {
  try {
    const value: unknown = JSON.parse(canonical);
    const { kind, data }: { readonly kind?: unknown; readonly data?: unknown } = Object(value);
    if (typeof kind !== 'string' || typeof data !== 'object' || data === null) return null;
    // An object of unknown members; each is looked at before it is used.
    return { kind, data: data as Entry['data'] };
  } catch {
    return null;
  }
}

/** What an entry of these kinds says was answered, by whom. */
function claimed({ kind, data }: Entry): Readonly<Record<string, unknown>> {
  const { decision, digest, card, outcome, proposal, person, by, vote } = data;
  if (kind === 'decision.supported') {
    const voter: unknown = Object(vote)['person'];
    return { subject: decision, outcome: 'approve', digest, person: voter };
  }
  if (kind === 'decision.decided') {
    return {
      subject: decision,
      outcome: outcome === 'rejected' ? 'reject' : outcome,
      digest,
      person: by,
    };
  }
  if (kind === 'card.answered') return { subject: card, outcome, digest, person: by };
  return { subject: proposal, outcome, digest, person };
}

/**
 * Checks what passkeys signed while an export is read from its first entry: each signature against the public key that was
 * enrolled before it, for that person. Returns what is wrong with one entry, or null.
 */
export function createApprovalCheck(): (canonical: string) => string | null {
  const enrolled = new Map<string, { readonly person: unknown; readonly publicKey: unknown }>();
  return (canonical) => {
    const isEnrolment = canonical.includes('"kind":"passkey.');
    if (!isEnrolment && !canonical.includes('"assertion":{')) return null;
    const entry = parseEntry(canonical);
    // What is no entry any more is found by its hash.
    if (entry === null) return null;
    const { kind, data } = entry;
    if (kind === 'passkey.enrolled') {
      const { person, publicKey } = data;
      enrolled.set(String(data['passkey']), { person, publicKey });
      return null;
    }
    if (data['assertion'] === undefined) return null;
    const approval = readApproval(data['assertion']);
    return approval === null
      ? 'its assertion cannot be read'
      : problemOfEntry(entry, approval, enrolled.get(approval.passkey));
  };
}

function problemOfEntry(
  entry: Entry,
  approval: SignedApproval,
  passkey: { readonly person: unknown; readonly publicKey: unknown } | undefined,
): string | null {
  if (passkey === undefined) return 'the passkey of its assertion was not enrolled before it';
  if (passkey.publicKey !== approval.publicKey) return 'its assertion names another public key';
  const said = claimed(entry);
  if (said['person'] !== approval.person || passkey.person !== approval.person)
    return 'its assertion is of another person';
  const { subject, outcome, digest } = approval;
  const wanted = [said['subject'], said['outcome'], said['digest']];
  if (wanted.some((one, at) => one !== [subject, outcome, digest][at]))
    return `its assertion is for another answer (${challengeOf(approval)})`;
  const problem = problemOfApproval(approval);
  return problem === null ? null : `its assertion does not hold: ${problem}`;
}
