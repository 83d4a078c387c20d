/**
 * Many who ask for the same at once share one read. Whoever asks while one is under way gets the next: nobody is answered
 * with what was read before they asked.
 */
export function shareReads<Answer>(read: () => Promise<Answer>): () => Promise<Answer> {
  let gathering: Promise<Answer> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    gathering ??= last.then(() => {
      gathering = null;
      const answer = read();
      last = answer.catch(() => undefined);
      return answer;
    });
    return gathering;
  };
}
