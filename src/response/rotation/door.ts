import type { JsonObject } from '../../kernel/index.ts';
import type { Actor, TimelineEntry } from '../actor.ts';
import type { RotationChoice, RotationState } from './model.ts';
import type { RotationPage } from './store.ts';

export interface RotationSummary {
  readonly id: RotationState['id'];
  readonly incident: string | null;
  readonly subject: string;
  readonly name: string;
  readonly mode: RotationState['mode'];
  readonly status: RotationState['status'];
  /** One plain sentence. */
  readonly sentence: string;
  readonly openedAt: string;
  readonly openedBy: string;
}

export interface RotationView extends RotationSummary {
  readonly reason: string;
  readonly revision: number;
  readonly truncated: boolean;
  /** Where order alone does not help, and where somebody stands without a credential for a time. */
  readonly cycleBreaks: readonly {
    readonly from: string;
    readonly to: string;
    readonly why: string;
  }[];
  readonly breaks: readonly { readonly step: string; readonly why: string }[];
  readonly wave: {
    readonly number: number;
    readonly consumers: readonly string[];
    readonly deadline: string;
  } | null;
  readonly question: {
    readonly number: number;
    readonly kind: string;
    readonly text: string;
    readonly about: readonly string[];
    readonly choices: readonly string[];
    readonly since: string;
  } | null;
  readonly steps: readonly StepView[];
}

export interface StepView {
  readonly id: string;
  readonly group: number;
  readonly layer: string;
  readonly target: string;
  readonly identity: string;
  readonly name: string;
  readonly status: string;
  readonly hold: string;
  readonly replacement: JsonObject | null;
  readonly mintedAt: string | null;
  /** When the target ends the new one by itself, and when it is renewed before that. */
  readonly expiresAt: string | null;
  readonly renewsAt: string | null;
  readonly reason: string | null;
  readonly consumers: readonly ConsumerView[];
}

export interface ConsumerView {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly store: string | null;
  readonly deliveredAt: string | null;
  readonly newSeenAt: string | null;
  readonly oldSeenAt: string | null;
  readonly claimedBy: string | null;
  readonly reason: string | null;
}

/** What would be done, before anything is. */
export interface RotationPlanView {
  readonly name: string;
  readonly mode: RotationState['mode'];
  readonly groups: number;
  readonly steps: number;
  readonly consumers: number;
  /** Consumers whose store is not configured: a person has to hand over, and the wave waits for it. */
  readonly withoutStore: readonly string[];
  readonly byHand: readonly { readonly name: string; readonly why: string }[];
  /** Nobody will be seen to have taken the new one: the wave stops and asks. */
  readonly unseen: readonly { readonly name: string; readonly why: string }[];
  /** Ends by itself, and is renewed when half of its time is over. */
  readonly shortLived: readonly { readonly name: string; readonly lifetimeS: number }[];
  readonly cycleBreaks: readonly string[];
  readonly breaks: readonly string[];
}

export type RotationDetail = RotationView & { readonly timeline: readonly TimelineEntry[] };

export interface RotateRequest {
  readonly ref: string;
  readonly emergency: boolean;
  readonly dryRun: boolean;
  readonly reason: string;
}

export interface RotateAnswer {
  readonly outcome: 'started' | 'asked' | 'already' | 'dry-run';
  readonly rotation: RotationView | null;
  readonly plan: RotationPlanView;
}

/** What the door of response offers about rotations. */
export interface RotationDoor {
  readonly rotate: (request: RotateRequest, actor: Actor) => Promise<RotateAnswer>;
  readonly rotations: (page: Partial<RotationPage>) => Promise<readonly RotationSummary[]>;
  readonly rotation: (id: string) => Promise<RotationDetail>;
  readonly answerRotation: (
    request: {
      readonly rotation: string;
      readonly question: number;
      readonly choice: RotationChoice;
    },
    actor: Actor,
  ) => Promise<RotationView>;
  readonly cancelRotation: (
    request: { readonly rotation: string; readonly reason: string },
    actor: Actor,
  ) => Promise<RotationView>;
  readonly resumeRotation: (rotation: string, actor: Actor) => Promise<RotationView>;
  /** A person says that a consumer is done. It is written down; only observed use acknowledges. */
  readonly claimRotated: (
    request: { readonly rotation: string; readonly consumer: string },
    actor: Actor,
  ) => Promise<RotationView>;
}
