import type { DecisionKind } from '../../authority/index.ts';
import type { Log } from '../../kernel/index.ts';
import type { PageAbout } from '../incident/effects.ts';

/** One person is told of one decision. It carries the question, never a secret. */
export interface Page {
  /** The same on a repeat: whoever delivers it can tell. */
  readonly key: string;
  readonly person: string;
  /** In the order of the charter; empty = every channel of that person. */
  readonly channels: readonly string[];
  readonly about: PageAbout;
  readonly seat: string;
  readonly decision: {
    readonly id: string;
    readonly incident: string;
    readonly kind: DecisionKind;
    readonly question: string;
    readonly digest: string;
    readonly deadline: string | null;
  };
  /** One plain sentence. */
  readonly text: string;
}

export type Delivered =
  | { readonly reached: true; readonly channel: string }
  /** No channel of this person took it, and a repeat would not help. */
  | { readonly reached: false; readonly why: string };

/** How people are told. It throws for what is worth another try. */
export interface Notifier {
  readonly notify: (page: Page, signal: AbortSignal) => Promise<Delivered>;
}

/** For installations without any channel: who looks at the log or the page sees it. */
export function createLogNotifier(log: Log): Notifier {
  return {
    notify: ({ person, about, decision, text }) => {
      log.info({ person, about, decision: decision.id }, text);
      return Promise.resolve({ reached: true, channel: 'log' });
    },
  };
}
