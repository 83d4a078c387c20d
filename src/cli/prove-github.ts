import type { ProofFiles, ShownGap, ShownProof } from './proof.ts';

/** As workflow commands want it: what could end the message or a property is written in another way. */
function escaped(text: string, more: readonly (readonly [string, string])[] = []): string {
  const all: readonly (readonly [string, string])[] = [
    ['%', '%25'],
    ['\r', '%0D'],
    ['\n', '%0A'],
    ...more,
  ];
  return all.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

function property(text: string): string {
  return escaped(text, [
    [':', '%3A'],
    [',', '%2C'],
  ]);
}

function annotation(files: ProofFiles, gap: ShownGap): string {
  const level = gap.severity === 'notice' ? 'notice' : 'error';
  const line = gap.line === null ? '' : `,line=${gap.line}`;
  const what = gap.seat ?? gap.right ?? gap.check;
  const title = `${gap.check}: ${what}, ${gap.repeats === 1 ? 'once' : `${gap.repeats} times`}`;
  const message = `${gap.cause}. First from ${gap.from} to ${gap.until}. ${gap.remedy}`;
  return `::${level} file=${property(files[gap.file])}${line},title=${property(title)}::${escaped(message)}\n`;
}

/** One annotation for each gap, on the line of the file that makes it. */
export function proofAnnotations(files: ProofFiles, proof: ShownProof): string {
  return [...proof.gaps, ...proof.notices].map((gap) => annotation(files, gap)).join('');
}
