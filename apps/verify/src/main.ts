#!/usr/bin/env node
import './no-network.js';
import { systemClock } from '@rogatory/kernel';
import { runVerifier } from './run-verifier.js';

const { exitCode, out, error } = await runVerifier(process.argv.slice(2), systemClock);
process.stdout.write(out);
process.stderr.write(error);
process.exitCode = exitCode;
