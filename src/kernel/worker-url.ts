/** The file of a thread, which its caller names as a source. The published form is JavaScript; sources run as they are. */
export function workerUrl(source: URL): URL {
  return import.meta.url.endsWith('.ts') ? source : new URL(source.href.replace(/\.ts$/u, '.js'));
}
