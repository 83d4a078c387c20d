import type { Charter } from './model.ts';
import { charterInvalid, checkForm, readDocument, refuse } from './document.ts';
import type { CharterProblem } from '../model.ts';
import { normaliseCharter } from './normalise.ts';
import { CHARTER_SECTIONS } from './schema.ts';
import { checkMeaning } from './semantics.ts';

export type CharterCheck =
  | { readonly ok: true; readonly charter: Charter }
  | { readonly ok: false; readonly problems: readonly CharterProblem[] };

/** Form first, then meaning: what has the wrong form cannot be understood. */
export function checkCharter(text: string): CharterCheck {
  const read = readDocument(text);
  if (!read.ok) return read;
  const { document } = read;
  const form = checkForm(document.value, CHARTER_SECTIONS);
  if (form.length > 0) return { ok: false, problems: refuse(document, form) };
  const charter = normaliseCharter(document.value);
  const meaning = checkMeaning(document.value, charter);
  if (meaning.length > 0) return { ok: false, problems: refuse(document, meaning) };
  return { ok: true, charter };
}

/** Throws `charter-invalid` with every problem and its place. */
export function loadCharter(text: string): Charter {
  const check = checkCharter(text);
  if (!check.ok) throw charterInvalid(check.problems);
  return check.charter;
}

/** The name of exactly these rules; comments and layout do not count. */
export function charterDigest(text: string): string {
  return loadCharter(text).digest;
}
