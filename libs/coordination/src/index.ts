export * from './task-transitions.js';
