import type { Charter } from '../charter/model.ts';
import type { CharterChange } from '../diff/change.ts';
import type { JsonObject } from '../../kernel/index.ts';
import type { Roster } from '../roster/model.ts';

/** Rules and people that were adopted together, and from when they hold. */
export interface Version {
  readonly position: number;
  readonly charter: Charter;
  readonly roster: Roster;
  readonly effectiveMs: number;
  readonly rosterSource: string;
}

/** What the prover said of a proposal when it was made. */
export interface ProofSummary {
  readonly gaps: number;
  readonly cells: number;
  /** The first few, in words. */
  readonly first: readonly string[];
}

export interface Signature {
  readonly person: string;
  readonly seat: string;
  readonly outcome: 'sign' | 'refuse';
  readonly reason: string;
  readonly atMs: number;
}

/** A revision that asks to be adopted: with what it would change, and what the prover says of it. */
export interface Proposal {
  readonly id: string;
  /** Outdated: another revision was adopted since, so that nobody has seen what this one would change now. */
  readonly state: 'open' | 'adopted' | 'refused' | 'outdated';
  readonly charter: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly roster: { readonly id: string; readonly revision: number; readonly digest: string };
  readonly effectiveMs: number;
  readonly proposedBy: string;
  readonly proposedAtMs: number;
  /** The version whose seats sign; when another one was adopted meanwhile, the proposal is outdated. */
  readonly against: number;
  readonly changes: readonly CharterChange[];
  readonly proof: ProofSummary;
  readonly signatures: readonly Signature[];
}

/** Whether what is on disk is what holds. */
export interface AdoptionStatus {
  readonly charter: Proposal['charter'];
  readonly roster: Proposal['roster'];
  /** Null = the files are what was adopted. */
  readonly fileDiffers: string | null;
}

export interface ProposalOrder {
  readonly charter: string;
  /** Absent = the people stay. */
  readonly roster?: string;
}

export interface Signer {
  readonly name: string;
  readonly person: string | null;
  /** What their passkey signed, for the entry. */
  readonly assertion?: JsonObject;
}

export interface Adoption {
  readonly propose: (order: ProposalOrder, by: string) => Promise<Proposal>;
  readonly sign: (
    proposal: string,
    answer: Pick<Signature, 'outcome' | 'reason'>,
    actor: Signer,
  ) => Promise<Proposal>;
  readonly proposal: (id: string) => Promise<Proposal>;
  readonly proposals: () => Promise<readonly Proposal[]>;
  /** Does what signatures have decided and a node that died did not do any more. */
  readonly complete: () => Promise<void>;
}
