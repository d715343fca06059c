/**
 * The bare server that posts are compared with: Node's HTTP, `pg`, one statement that inserts the same message row and the
 * same audit row; no session, no check, no signature, no order. `bare-post-server.mjs DATABASE_URL`
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';

const POOL = 16;
const LEAF_BYTES = 420;
const OPENING_BYTES = [170, 190, 120, 480];

const [url = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: POOL });
await pool.query(`
  CREATE TABLE IF NOT EXISTS bare_item (compartment_id bytea NOT NULL, place bigserial, bytes bytea NOT NULL,
    received_at_ms bigint NOT NULL, audit_id uuid NOT NULL, PRIMARY KEY (compartment_id, place));
  CREATE TABLE IF NOT EXISTS bare_audit (id uuid PRIMARY KEY, leaf bytea NOT NULL, seq bigint, who bytea, what bytea,
    src bytea, act bytea);
  CREATE INDEX IF NOT EXISTS bare_audit_pending ON bare_audit (id) WHERE seq IS NULL;`);
const insert = {
  name: 'post',
  text: `WITH recorded AS (INSERT INTO bare_audit (id, leaf, who, what, src, act) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id)
    INSERT INTO bare_item (compartment_id, bytes, received_at_ms, audit_id)
    SELECT $7, $8, $9, id FROM recorded RETURNING place`,
};
const compartment = Buffer.alloc(32, 7);
const leaf = Buffer.alloc(LEAF_BYTES, 1);
const openings = OPENING_BYTES.map((length) => Buffer.alloc(length, 2));

/** @param {Buffer} body */
async function post(body) {
  const { variables } = JSON.parse(body.toString('utf8'));
  const item = Buffer.from(variables.item, 'base64');
  const now = Date.now();
  const { rows } = await pool.query({ ...insert, values: [randomUUID(), leaf, ...openings, compartment, item, now] });
  return JSON.stringify({
    data: { postItem: { __typename: 'ItemPosted', position: Number(rows[0].place), receivedAtMs: now } },
  });
}

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    post(Buffer.concat(chunks)).then(
      (text) => response.writeHead(200, { 'content-type': 'application/json' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  console.log(JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${port}` }));
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => void pool.end().then(() => process.exit(0)));
});
