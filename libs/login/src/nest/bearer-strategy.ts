import passport from 'passport';

/** What the strategy reads of a request: Node's and Fastify's both have it. */
interface BearerRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

type Done = (error: unknown, user?: unknown) => void;

const BEARER = /^Bearer ([A-Za-z0-9._-]{1,1024})$/;

/**
 * Passport strategy of an access token in the Authorization header (RFC 6750 section 2.1) and nowhere else: not in the
 * query, body or a cookie. A missing or malformed one is handed on as the empty token, which verifies as any wrong one.
 */
export class BearerStrategy extends passport.Strategy {
  override readonly name = 'bearer';
  /** Not `#private`: passport works on an object that has this one as its prototype. */
  private readonly verifyToken: (token: string, done: Done) => void;

  constructor(verify: (token: string, done: Done) => void) {
    super();
    this.verifyToken = verify;
  }

  override authenticate(request: BearerRequest): void {
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '';
    this.verifyToken(token, (error, user) => {
      if (typeof user === 'object' && user !== null) this.success(user);
      else this.error(error);
    });
  }
}
