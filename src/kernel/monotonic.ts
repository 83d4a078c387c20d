/** Milliseconds that never go back, of no meaning outside this process: for leases and measurements. */
export function monotonicMs(): number {
  return performance.now();
}
