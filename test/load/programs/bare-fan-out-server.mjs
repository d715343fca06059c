/**
 * The bare server that delivery is compared with: graphql-ws over `ws` as its own documentation sets it up, an event in
 * memory per POST, no rights, no record. `bare-fan-out-server.mjs`
 */
import { createServer } from 'node:http';
import { PubSub } from 'graphql-subscriptions';
import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const events = new PubSub();
const event = new GraphQLObjectType({
  name: 'CompartmentEvent',
  fields: {
    position: { type: new GraphQLNonNull(GraphQLInt) },
    isLink: { type: new GraphQLNonNull(GraphQLBoolean) },
    bytes: { type: new GraphQLNonNull(GraphQLString) },
    receivedAtMs: { type: new GraphQLNonNull(GraphQLFloat) },
  },
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { alive: { type: GraphQLBoolean, resolve: () => true } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      compartmentEvents: {
        type: event,
        subscribe: () => events.asyncIterableIterator('posted'),
        resolve: (/** @type {unknown} */ posted) => posted,
      },
    },
  }),
});

let position = 0;
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk) => {
    text += chunk;
  });
  request.on('end', () => {
    const { variables } = JSON.parse(text);
    const posted = { position: position++, isLink: false, bytes: variables.item, receivedAtMs: Date.now() };
    void events.publish('posted', posted);
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end('{"data":{"postItem":{"__typename":"ItemPosted"}}}');
  });
});
const sockets = new WebSocketServer({ server, path: '/graphql' });
useServer({ schema }, sockets);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  console.log(JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${port}` }));
});
process.once('SIGTERM', () => process.exit(0));
