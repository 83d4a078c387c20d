/**
 * Where a list says something for the second time; -1 = nowhere. Parsers compare each name of a mapping with every other one,
 * which keeps a server busy for minutes with a file of some megabytes: this looks at each once.
 */
export function firstRepeat(values: readonly unknown[]): number {
  const seen = new Set<unknown>();
  return values.findIndex((value) => seen.size === seen.add(value).size);
}
