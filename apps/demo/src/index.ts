export { parseArguments, type DemoArguments } from './arguments.js';
export { runDemo } from './run-demo.js';
