/** The file of a thread beside its caller. The published form is JavaScript; sources run as they are. */
export function workerUrl(name: string, callerUrl: string): URL {
  return new URL(callerUrl.endsWith('.ts') ? name : name.replace(/\.ts$/u, '.js'), callerUrl);
}
