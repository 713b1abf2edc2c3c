import type { WebConfig } from '../config.ts';

/** Where a browser on this machine finds the page of a bot with these settings. */
export function pageUrl({ host, port }: WebConfig): string {
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
