// Loaded before the program: a pause ends after 20 ms. What is waited for, how often and why stays the program's own;
// that pacing keeps to the quotas of the real services is proved where the clock is a double.
const timers = require('node:timers/promises')

const wait = timers.setTimeout
timers.setTimeout = (ms, ...rest) => wait(Math.min(ms, 20), ...rest)
