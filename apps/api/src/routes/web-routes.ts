import type { WebFile } from '../web-files.js';
import type { Route } from './route.js';

/**
 * What a page may do: run and load what this server serves, talk to this server, and nothing else. Text becomes a script
 * nowhere, no other page frames it or holds on to it, and nothing learns where it leads.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    // WebAssembly of our own files is the cipher; it is no way from text to script.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
};

const everyFile: Readonly<Record<string, string>> = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept-encoding',
};

/** Names of files hold a digest of what is in them; the page itself is asked for each time. */
const UNCHANGING = 'public, max-age=31536000, immutable';

/** The files of the web application for everybody: there is nothing in them that the sources do not show. */
export function webRoutes(files: readonly WebFile[]): readonly Route[] {
  return files.map(({ url, type, bytes, packed }) => ({
    operation: 'route.web',
    method: 'GET',
    url,
    handle: async (_context, { headers }, reply) => {
      const isPacked = takesBrotli(headers['accept-encoding']);
      if (isPacked) void reply.header('content-encoding', 'br');
      if (url === '/') void reply.headers(pageHeaders);
      void reply.headers(everyFile).header('cache-control', url === '/' ? 'no-cache' : UNCHANGING);
      return reply.type(type).send(isPacked ? packed : bytes);
    },
  }));
}

function takesBrotli(accepted: string | readonly string[] | undefined): boolean {
  return typeof accepted === 'string' && /(^|,)\s*br\s*(,|$)/.test(accepted);
}
