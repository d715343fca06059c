import { contractMigrations, databaseContract } from './database.contract.js';
import { eachEngine } from './testing.js';

eachEngine('database', { migrations: contractMigrations }, databaseContract);
