/** Transaction state in a ReadyForQuery message: idle, in a transaction, in a failed transaction. */
export type SessionState = 'idle' | 'open' | 'failed';

const READY_BYTES = 6;
const READY = 'Z'.charCodeAt(0);
const STATES: Readonly<Record<string, SessionState>> = { I: 'idle', T: 'open', E: 'failed' };
const LETTERS: Readonly<Record<SessionState, string>> = { idle: 'I', open: 'T', failed: 'E' };

function message(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** ReadyForQuery. */
export function encodeReady(state: SessionState): Buffer {
  return message('Z', Buffer.from(LETTERS[state], 'latin1'));
}

/** AuthenticationOk and ReadyForQuery: the caller is in this process, so there is nobody to authenticate. */
export function encodeWelcome(): Buffer {
  return Buffer.concat([message('R', Buffer.alloc(4)), encodeReady('idle')]);
}

/** ErrorResponse with severity, SQLSTATE and text. */
export function encodeError(sqlState: string, text: string): Buffer {
  const fields = ['SERROR', 'VERROR', `C${sqlState}`, `M${text}`].map((field) => `${field}\0`).join('');
  return message('E', Buffer.from(`${fields}\0`, 'utf8'));
}

/** A Query message with SQL of our own. */
export function encodeQuery(sql: string): Buffer {
  return message('Q', Buffer.from(`${sql}\0`, 'utf8'));
}

/** The state announced at the very end of an answer, or undefined when the answer does not end in ReadyForQuery. */
export function finalState(answer: Uint8Array): SessionState | undefined {
  const at = answer.length - READY_BYTES;
  if (at < 0 || answer[at] !== READY || answer[at + 4] !== 5) return undefined;
  return STATES[String.fromCharCode(answer[at + 5] as number)];
}

/** True when the answer to one statement begins with an ErrorResponse. */
export function isError(answer: Uint8Array): boolean {
  return answer[0] === 'E'.charCodeAt(0);
}
