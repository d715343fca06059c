import type { IncomingMessage } from 'node:http';

/**
 * Whether a browser on this origin may open a socket. Programs send no Origin; a browser always does, so that a page of
 * somebody else cannot ride on a user's network position.
 */
export function isAllowedOrigin(request: Pick<IncomingMessage, 'headers'>, allowed: readonly string[]): boolean {
  const { origin } = request.headers;
  return origin === undefined || allowed.includes(origin);
}
