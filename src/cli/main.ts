import { assertRuntime, isFirebreakError, messageOf, realClock } from '../kernel/index.ts';

try {
  // Before anything that another Node would choke on with a message that helps nobody.
  assertRuntime();
  const { createIo } = await import('./io.ts');
  const { runCli } = await import('./run.ts');
  process.exitCode = await runCli(process.argv.slice(2), createIo(realClock.nowMs));
} catch (error) {
  const remedy = isFirebreakError(error) ? `\n${error.remedy}` : '';
  process.stderr.write(`${messageOf(error)}${remedy}\n`);
  process.exitCode = 2;
}
