import { buildBaseSnapshot } from './embedded/base-snapshot.js';

// Run after the build (`node libs/platform/database/dist/build-snapshot.js`) and once before the tests.
await buildBaseSnapshot();
