import { type Path, readDocument } from '../charter/document.ts';
import type { LineOf } from './report.ts';

/** Lines of the two files, for those who read a hole beside the text that makes it. */
export function linesIn(texts: { readonly charter: string; readonly roster: string }): LineOf {
  const documents = { charter: readDocument(texts.charter), roster: readDocument(texts.roster) };
  return (file, path: Path) => {
    const read = documents[file];
    if (!read.ok) return null;
    return read.document.place({ path, problem: '', remedy: '' }).line;
  };
}
