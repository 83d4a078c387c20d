import type { Id } from '../../kernel/index.ts';
import { carryOn, type CarriedOn } from '../decisions/effect.ts';
import type { Draft } from '../incident/draft.ts';
import { askBatch, type BatchAsked, type Looked, takeUp } from './take-up.ts';

/** What happens to lists: asked for, taken up slice by slice, carried out slice by slice. */
export type BatchCommand =
  | { readonly type: 'ask-batch'; readonly asked: BatchAsked }
  | {
      readonly type: 'take-up';
      readonly batch: Id<'batch'>;
      readonly from: number;
      readonly looked: readonly Looked[];
    }
  | { readonly type: 'carry-on'; readonly list: CarriedOn };

export function runBatch(draft: Draft, command: BatchCommand, isNew: boolean): void {
  if (command.type === 'ask-batch') askBatch(draft, command.asked, isNew);
  else if (command.type === 'take-up') takeUp(draft, command.batch, command.from, command.looked);
  else carryOn(draft, command.list);
}
