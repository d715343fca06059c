import { contentWireContract } from '../transport/content-wire.contract.js';
import { fetchWire } from '../transport/content-wire.js';
import { httpWire } from './http-wire.js';

contentWireContract('http of Node', httpWire);
contentWireContract('fetch', () => fetchWire(fetch));
