import { createSeededRandom, randomInteger, sha256, type Random } from '../../kernel/index.ts';

/** A stream of its own for each part: what one part draws does not change the others. */
export class Chance {
  readonly #random: Random;

  constructor(seed: number, part: string) {
    this.#random = createSeededRandom(sha256(`northlake ${seed} ${part}`).readUInt32BE(0));
  }

  below(count: number): number {
    return randomInteger(this.#random, count);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  isSo(share: number): boolean {
    return this.#random() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('there is nothing to pick from');
    return item;
  }

  /** Different ones, in no order; all of them when there are no more. */
  some<Item>(items: readonly Item[], count: number): readonly Item[] {
    return this.shuffled(items).slice(0, count);
  }

  shuffled<Item>(items: readonly Item[]): readonly Item[] {
    const cards = [...items];
    for (let last = cards.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      const [a, b] = [cards[last], cards[other]];
      if (a !== undefined && b !== undefined) [cards[last], cards[other]] = [b, a];
    }
    return cards;
  }

  /** One word for each of `count`, in exactly these shares as far as whole numbers go; the rest gets the first word. */
  deal<Word extends string>(
    shares: Readonly<Record<Word, number>>,
    count: number,
  ): readonly Word[] {
    // The keys of the table are its words.
    const words = Object.keys(shares) as Word[];
    const dealt = words.flatMap((word) => Array<Word>(Math.round(shares[word] * count)).fill(word));
    const first = words[0];
    while (dealt.length < count && first !== undefined) dealt.push(first);
    return this.shuffled(dealt).slice(0, count);
  }

  text(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet.charAt(this.below(alphabet.length))).join('');
  }
}
